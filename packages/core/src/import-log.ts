/**
 * Writes a new log from frames that were records before: same LSNs, same times, same identities, and
 * what is missing between them recorded as gaps in the segment headers. Salvage and re-encryption
 * end here; nothing else gives records LSNs of its caller's choice.
 */
import { type Crc32 } from "./checksum.ts";
import type { Cipher } from "./cipher.ts";
import { type Clock, type Random, systemClock, systemRandom, wallTime } from "./clock.ts";
import { WalError, asWalError } from "./errors.ts";
import { getU32, putU32 } from "./format/bytes.ts";
import type { Mark } from "./format/mark.ts";
import { RECORD_PREFIX_BYTES } from "./format/records.ts";
import { ID_BYTES, type Predecessor } from "./format/segment-header.ts";
import { segmentId } from "./format/segment-name.ts";
import { storageCrc32 } from "./inspect-log.ts";
import { runIo } from "./io.ts";
import { integer } from "./options.ts";
import { bornSegment } from "./segment/birth.ts";
import { SegmentWriter } from "./segment/segment-writer.ts";
import type { Segment } from "./segment/segment.ts";
import type { Storage } from "./storage.ts";

/** A run of records with contiguous LSNs that becomes one frame. */
export interface LogFrame {
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly count: number;
  /** When the records were committed, ms since 1970. */
  readonly time: number;
  /** 16 bytes naming the frame these records were first committed in; `undefined` = a new one. */
  readonly identity: Uint8Array | undefined;
  /** Each record's length (u32, little-endian) and its bytes. */
  readonly body: Uint8Array;
}

/** LSNs from `from` to `to`, both included. */
export interface LsnRange {
  readonly from: number;
  readonly to: number;
}

/** Options of {@link importLog}. */
export interface ImportOptions {
  /** Everything at or below counts as retired; 0. Raised to where the frames begin. */
  readonly lowLsn?: number;
  /** State up to here is safe elsewhere; at least `lowLsn`. */
  readonly checkpointLsn?: number;
  /** The last LSN the log ever gave out; if the frames end before it, the rest is a recorded gap. */
  readonly lastLsn?: number;
  readonly cipher?: Cipher;
  readonly checksum?: Crc32;
  /** Goes on behind the last sealed segment of an import that was interrupted. */
  readonly after?: ImportStart;
  /** 64 MiB, or what the adapter allows. */
  readonly segmentBytes?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Where an interrupted import goes on. */
export interface ImportStart {
  readonly logId: Uint8Array;
  /** The newest segment; sealed. */
  readonly segment: Segment;
}

/** What {@link importLog} wrote. */
export interface ImportReport {
  readonly records: number;
  readonly frames: number;
  readonly segments: number;
  /** LSNs that are not in the new log, above its low LSN. */
  readonly gaps: readonly LsnRange[];
  readonly lowLsn: number;
  readonly lastLsn: number;
}

/** Frames are written in pieces of about so many bytes. */
const WRITE_BYTES = 1024 * 1024;
const DEFAULT_SEGMENT_BYTES = 64 * 1024 * 1024;

/** One frame's worth of records; `payloads` get the LSNs from `firstLsn` on. */
export function logFrame(
  payloads: readonly Uint8Array[],
  place: { firstLsn: number; time: number; identity?: Uint8Array },
): LogFrame {
  const bytes = payloads.reduce((sum, { length }) => sum + RECORD_PREFIX_BYTES + length, 0);
  const body = new Uint8Array(bytes);
  let at = 0;
  for (const payload of payloads) {
    putU32(body, at, payload.length);
    body.set(payload, at + RECORD_PREFIX_BYTES);
    at += RECORD_PREFIX_BYTES + payload.length;
  }
  const { firstLsn, time, identity } = place;
  const count = payloads.length;
  return { firstLsn, lastLsn: firstLsn + count - 1, count, time, identity, body };
}

/**
 * Fills an empty storage. Takes its lock meanwhile; when it resolves, everything is durable. If it
 * rejects, what was written so far stays for its owner to remove.
 * @throws WalError `WAL_STORAGE` if the storage holds a log already; RangeError for frames out of order.
 */
export async function importLog(
  storage: Storage,
  frames: AsyncIterable<LogFrame> | Iterable<LogFrame>,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const lock = await storage.lock();
  try {
    const names = await storage.list();
    if (options.after === undefined && names.some((name) => segmentId(name) !== undefined)) {
      throw new WalError("WAL_STORAGE", `${storage.name} already holds a log`);
    }
    const importer = new Importer(storage, options);
    try {
      await options.cipher?.prepare([]);
      for await (const frame of frames) await importer.add(frame);
      return await importer.finish();
    } catch (error) {
      await importer.abandon();
      if (error instanceof RangeError) throw error;
      throw asWalError(error, `importing into ${storage.name}`);
    }
  } finally {
    await lock.release();
  }
}

class Importer {
  readonly #storage: Storage;
  readonly #options: ImportOptions;
  readonly #clock: Clock;
  readonly #crc32: Crc32;
  readonly #random: Random;
  readonly #segmentBytes: number;
  readonly #logId: Uint8Array;
  readonly #gaps: LsnRange[] = [];
  #mark: Mark;
  #writer: SegmentWriter | undefined;
  #predecessor: Predecessor;
  #lastLsn: number;
  #segments = 0;
  #frames = 0;
  #records = 0;

  constructor(storage: Storage, options: ImportOptions) {
    this.#storage = storage;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#crc32 = options.checksum ?? storageCrc32(storage);
    this.#random = options.random ?? systemRandom;
    const most = storage.capabilities.maxFileBytes ?? Number.MAX_SAFE_INTEGER;
    const wanted = options.segmentBytes ?? Math.min(DEFAULT_SEGMENT_BYTES, most);
    this.#segmentBytes = integer("segmentBytes", wanted, 16 * 1024, most);
    const lowLsn = integer("lowLsn", options.lowLsn ?? 0, 0, Number.MAX_SAFE_INTEGER);
    const checkpointLsn = Math.max(lowLsn, options.checkpointLsn ?? 0);
    this.#mark = { lowLsn, checkpointLsn };
    const { after } = options;
    this.#lastLsn = after?.segment.lastLsn ?? lowLsn;
    this.#segments = after?.segment.id ?? 0;
    this.#predecessor =
      after === undefined
        ? { id: 0, cutLsn: lowLsn, cutOffset: 0, chain: new Uint8Array(ID_BYTES) }
        : endOf(after.segment);
    this.#logId = after?.logId ?? this.#random(new Uint8Array(ID_BYTES));
  }

  async add(frame: LogFrame): Promise<void> {
    this.#check(frame);
    if (frame.firstLsn > this.#lastLsn + 1) await this.#skipTo(frame.firstLsn);
    const prefix = frame.identity?.length ?? 0;
    const room = this.#writer?.room() ?? -1;
    if (room < prefix + frame.body.length && !this.#isEmpty()) await this.#roll();
    const writer = this.#writer ?? (await this.#birth(this.#lastLsn + 1, 0));
    writer.addRecords(
      {
        count: frame.count,
        firstLsn: frame.firstLsn,
        time: frame.time,
        bodyBytes: frame.body.length,
        ...(frame.identity === undefined ? {} : { repeats: frame.identity }),
        fill: (into, at) => into.set(frame.body, at),
      },
      writer.segment.firstLsn - 1,
    );
    this.#lastLsn = frame.lastLsn;
    this.#frames++;
    this.#records += frame.count;
    if (writer.builtBytes >= WRITE_BYTES) await runIo(writer.write(false));
  }

  async finish(): Promise<ImportReport> {
    const { lastLsn = 0 } = this.#options;
    if (lastLsn > this.#lastLsn) await this.#skipTo(lastLsn + 1);
    this.#lastLsn = Math.max(this.#lastLsn, lastLsn);
    // A log that retired everything still knows which LSN comes next.
    if (this.#segments === 0 && this.#lastLsn > 0) await this.#birth(this.#lastLsn + 1, 0);
    await this.#roll();
    return {
      records: this.#records,
      frames: this.#frames,
      segments: this.#segments,
      gaps: this.#gaps,
      lowLsn: this.#mark.lowLsn,
      lastLsn: this.#lastLsn,
    };
  }

  async abandon(): Promise<void> {
    if (this.#writer !== undefined) await runIo(this.#writer.abandon());
  }

  /** The log goes on at `lsn`: what lies between is a gap, or retired if nothing lies before it. */
  async #skipTo(lsn: number): Promise<void> {
    const last = this.#lastLsn;
    if (this.#segments === 0) {
      // No segment could say "after LSN n" here: a log begins behind its low LSN.
      if (last + 1 < lsn) this.#gaps.push({ from: last + 1, to: lsn - 1 });
      const lowLsn = lsn - 1;
      this.#mark = { lowLsn, checkpointLsn: Math.max(lowLsn, this.#mark.checkpointLsn) };
      this.#predecessor = { ...this.#predecessor, cutLsn: lowLsn };
      this.#lastLsn = lowLsn;
      return;
    }
    await this.#roll();
    this.#gaps.push({ from: last + 1, to: lsn - 1 });
    this.#lastLsn = lsn - 1;
    await this.#birth(lsn, last);
  }

  /** A segment takes its first frame whatever the size. */
  #isEmpty(): boolean {
    const writer = this.#writer;
    return writer !== undefined && writer.builtLsn < writer.segment.firstLsn;
  }

  async #roll(): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    await runIo(writer.seal(this.#mark, wallTime(this.#clock)));
    this.#predecessor = endOf(writer.segment);
    this.#writer = undefined;
  }

  async #birth(firstLsn: number, gapAfter: number): Promise<SegmentWriter> {
    const plan = {
      logId: this.#logId,
      segmentId: ++this.#segments,
      epoch: (getU32(this.#random(new Uint8Array(4)), 0) | 1) >>> 0,
      firstLsn,
      carriedTo: 0,
      predecessor: this.#predecessor,
      durableLsn: this.#predecessor.cutLsn,
      ...this.#mark,
      gapAfter,
      created: wallTime(this.#clock),
      segmentBytes: this.#segmentBytes,
    };
    const crypto = { cipher: this.#options.cipher, crc32: this.#crc32 };
    const { segment, file } = await runIo(bornSegment(this.#storage, plan, crypto));
    this.#writer = new SegmentWriter(segment, file, this.#segmentBytes);
    return this.#writer;
  }

  #check({ firstLsn, lastLsn, count, identity, body }: LogFrame): void {
    if (!Number.isSafeInteger(firstLsn) || firstLsn <= this.#lastLsn) {
      throw new RangeError(`frame starts at LSN ${firstLsn} after LSN ${this.#lastLsn}`);
    }
    if (!Number.isSafeInteger(lastLsn) || count < 1 || lastLsn !== firstLsn + count - 1) {
      throw new RangeError(`frame with ${count} records from LSN ${firstLsn} to ${lastLsn}`);
    }
    if (identity !== undefined && identity.length !== ID_BYTES) {
      throw new RangeError(`identity must be ${ID_BYTES} bytes, not ${identity.length}`);
    }
    if (body.length < count * RECORD_PREFIX_BYTES) {
      throw new RangeError(`${count} records cannot fill ${body.length} bytes`);
    }
  }
}

function endOf({ id, lastLsn: cutLsn, end: cutOffset, chain }: Segment): Predecessor {
  return { id, cutLsn, cutOffset, chain };
}
