/**
 * Reading beside a writer in another process: no lock, nothing but what the files vouch for. A writer
 * may create and remove files at any moment, so before anything is called damage or missing, the
 * directory is listed and the place is read again.
 */
import type { Cipher } from "../cipher.ts";
import { type Crc32, crc32 } from "../checksum.ts";
import { type Clock, systemClock } from "../clock.ts";
import { WalError, asWalError, isWalError } from "../errors.ts";
import { FRAME_RECORDS } from "../format/frame.ts";
import type { WalRecord } from "../format/records.ts";
import { checkParts } from "../options.ts";
import { type Recovered, recover } from "../recovery/recover.ts";
import { withFile } from "../recovery/survey.ts";
import { openBody } from "../segment/frame-body.ts";
import { FrameReader } from "../segment/frame-reader.ts";
import { SegmentSet } from "../segment/segment-set.ts";
import type { AbortSignalLike } from "../signal.ts";
import type { Storage, StorageFile } from "../storage.ts";
import { aborted, type ReadSource } from "./log-reader.ts";
import { ReadFiles } from "./read-files.ts";
import { LogReads, type ReadOptions } from "./reads.ts";

/** Options of `Wal.openReader`. */
export interface WalReaderOptions {
  readonly storage: Storage;
  readonly cipher?: Cipher;
  readonly checksum?: Crc32;
  readonly clock?: Clock;
  /** How often a follower looks for news, in milliseconds; 20. */
  readonly pollIntervalMs?: number;
}

/** A writer at work can make a directory look damaged for a moment; it does not for so many looks. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 10;

/** Opens a reader; see {@link WalReader}. */
export async function openReader(options: WalReaderOptions): Promise<WalReader> {
  checkParts("Wal.openReader", options);
  const beside = new Beside(options);
  await beside.refresh();
  return new WalReader(beside);
}

/** Reads a log that another process may be writing. Shows what is vouched for on disk; takes no lock. */
export class WalReader {
  readonly #beside: Beside;
  readonly #reads: LogReads;

  constructor(beside: Beside) {
    this.#beside = beside;
    this.#reads = new LogReads(beside);
  }

  get firstLsn(): number {
    return this.#reads.firstLsn;
  }

  /** Last record that is vouched for, as of the last look. */
  get durableLsn(): number {
    return this.#beside.set.lastLsn;
  }

  /** Looks for what the writer has done since. Readers that follow do so by themselves. */
  refresh(): Promise<void> {
    return this.#beside.refresh();
  }

  async *read(options: ReadOptions = {}): AsyncGenerator<WalRecord, void, undefined> {
    for await (const batch of this.readBatches(options)) yield* batch;
  }

  /** Records in arrays of up to 128. */
  async *readBatches(options: ReadOptions = {}): AsyncGenerator<WalRecord[], void, undefined> {
    let rest = options;
    for (let look = 1; ; look++) {
      try {
        for await (const batch of this.#reads.readBatches(rest)) {
          rest = { ...without(rest, "last"), from: batch.at(-1)!.lsn + 1 };
          look = 1;
          yield batch;
        }
        return;
      } catch (error) {
        await this.#beside.lookAgain(error, look);
      }
    }
  }

  async get(lsn: number): Promise<WalRecord | undefined> {
    for (let look = 1; ; look++) {
      try {
        return await this.#reads.get(lsn);
      } catch (error) {
        await this.#beside.lookAgain(error, look);
      }
    }
  }

  async close(): Promise<void> {
    await this.#beside.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The state of the log as last seen from outside. */
class Beside implements ReadSource {
  readonly gaps = "throw";
  readonly files: ReadFiles;
  readonly set: SegmentSet;
  readonly #options: WalReaderOptions;
  readonly #clock: Clock;
  readonly #crc32: Crc32;
  #names = "";
  #lowLsn = 0;
  #closed = false;

  constructor(options: WalReaderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const native = options.storage.crc32?.bind(options.storage);
    this.#crc32 = options.checksum ?? native ?? crc32;
    this.files = new ReadFiles(options.storage);
    this.set = new SegmentSet({ segments: [], dead: [], logId: undefined, maxId: 0, baseLsn: 0 });
  }

  lowLsn(): number {
    return this.#lowLsn;
  }

  check(): void {
    if (this.#closed) throw new WalError("WAL_CLOSED", "the reader is closed");
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.files.close();
  }

  async waitFor(lsn: number, signal: AbortSignalLike | undefined): Promise<void> {
    while (this.set.lastLsn < lsn) {
      aborted(signal);
      this.check();
      // Polling is the only way to hear of another process on every platform.
      await this.#sleep(this.#options.pollIntervalMs ?? 20);
      await this.refresh();
    }
  }

  /** Brings the picture up to date: cheaply while the same files are there. */
  async refresh(): Promise<void> {
    for (let look = 1; ; look++) {
      try {
        const names = (await this.#options.storage.list()).toSorted().join();
        const { newest } = this.set;
        if (names === this.#names && newest !== undefined) {
          await withFile(this.#options.storage, newest.name, (file) => this.#advance(file));
        } else {
          const { storage, cipher } = this.#options;
          this.#adopt(await recover(storage, { cipher, crc32: this.#crc32, sync: false }));
          this.#names = names;
        }
        return;
      } catch (error) {
        if (
          look === LOOKS ||
          !(isWalError(error, "WAL_CORRUPT") || isWalError(asWalError(error, ""), "WAL_STORAGE"))
        ) {
          throw asWalError(error, `reading ${this.#options.storage.name}`);
        }
        await this.#sleep(LOOK_AGAIN_MS);
      }
    }
  }

  /** After a failed read: looks again if that may give another answer, or throws what it was. */
  async lookAgain(error: unknown, look: number): Promise<void> {
    const doubtful = isWalError(error, "WAL_CORRUPT") || isWalError(error, "WAL_STORAGE");
    if (!doubtful || look >= LOOKS) throw error;
    if (look > 1) await this.#sleep(LOOK_AGAIN_MS);
    this.#names = "";
    await this.refresh();
  }

  #adopt(found: Recovered): void {
    const known = new Map(this.set.segments.map((segment) => [segment.id, segment]));
    const segments = found.segments.map((segment) => {
      const same = known.get(segment.id);
      if (same === undefined) return segment;
      // Readers hold on to the object they know.
      return Object.assign(same, {
        end: segment.end,
        lastLsn: segment.lastLsn,
        chain: segment.chain,
        sealed: segment.sealed,
        index: segment.index ?? same.index,
      });
    });
    this.set.segments.splice(0, this.set.segments.length, ...segments);
    this.#lowLsn = Math.max(this.#lowLsn, found.lowLsn);
  }

  /** Takes in what newer frames of the newest segment vouch for. */
  async #advance(file: StorageFile): Promise<void> {
    const { newest: segment } = this.set;
    if (segment === undefined) return;
    const to = await file.size();
    const reader = new FrameReader(file, segment.context, { from: segment.end, to });
    let expected = segment.lastLsn + 1;
    let synced = 0;
    const seen: { lastLsn: number; end: number; chain: Uint8Array }[] = [];
    for (;;) {
      const found = await reader.next();
      if (found === undefined || "bad" in found || found.frame.firstLsn !== expected) break;
      const { frame } = found;
      const opened = openBody(reader.block, reader.at, frame, segment.cipher);
      if (opened.kind === "tampered") break;
      reader.pass(frame);
      synced = Math.max(synced, frame.syncedLsn);
      if (frame.type !== FRAME_RECORDS) continue;
      expected += frame.count;
      seen.push({ lastLsn: expected - 1, end: reader.offset, chain: opened.identity });
    }
    const vouched = seen.findLast(({ lastLsn }) => lastLsn <= synced);
    if (vouched !== undefined) Object.assign(segment, vouched);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.timer(resolve, ms);
    });
  }
}

function without(options: ReadOptions, key: "last"): ReadOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== key));
}
