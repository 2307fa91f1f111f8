/**
 * Reads records in order across segments, never beyond what is durable (I11). Damage in what was vouched
 * for is an error that names the place (I1); what has been retired is a gap error, never silence.
 */
import { WalError, asWalError } from "../errors.ts";
import { equalBytes } from "../format/bytes.ts";
import { FRAME_HEADER_BYTES, FRAME_RECORDS, type Frame } from "../format/frame.ts";
import { type LsnRange, RecordCursor, type WalRecord } from "../format/records.ts";
import { openBody } from "../segment/frame-body.ts";
import { FrameReader } from "../segment/frame-reader.ts";
import type { SegmentSet } from "../segment/segment-set.ts";
import type { Segment } from "../segment/segment.ts";
import { findSeal } from "../recovery/recover.ts";
import { scanSegment } from "../recovery/scan.ts";
import { type AbortSignalLike, abortError } from "../signal.ts";
import type { StorageFile } from "../storage.ts";
import type { KnownFrames } from "./known-frames.ts";
import type { ReadFiles } from "./read-files.ts";

/**
 * A batch ends with so many records, or the frame that reaches so many bytes. Few records at a time
 * die young: with thousands the garbage collector's young generation grows to its limit.
 */
const BATCH_RECORDS = 128;
const BATCH_BYTES = 256 * 1024;
/** Who wants so few records is not helped by a large block. */
const FEW_RECORDS = 16;
const FEW_BLOCK_BYTES = 32 * 1024;

/** What a reader needs of a log. */
export interface ReadSource {
  readonly set: SegmentSet;
  readonly files: ReadFiles;
  /** Everything at or below is retired. */
  lowLsn(): number;
  /** Resolves when `lsn` is durable; rejects when it never will be or `signal` fires. */
  waitFor(lsn: number, signal: AbortSignalLike | undefined): Promise<void>;
  /** Throws when the log was closed under the reader. */
  check(): void;
  /** Recorded or found gaps: an error, or passed over (salvage). */
  readonly gaps: "throw" | "skip";
}

/** An LSN range; both ends included. */
export interface ReadRange {
  readonly from: number;
  readonly to: number;
  readonly follow: boolean;
  readonly signal: AbortSignalLike | undefined;
  /** Frames that need not be looked for; those that are read are added. */
  readonly known?: KnownFrames;
}

/** Where a reader stands. */
interface Position {
  nextLsn: number;
  /** LSN with which the next frame starts: at or below `nextLsn`. */
  frameLsn: number;
}

/** A segment while it is being read: pinned, its file open. */
interface Visit {
  readonly segment: Segment;
  readonly file: StorageFile;
  reader: FrameReader;
  /** What is left of the frame read last. */
  rest: RecordCursor | undefined;
  readonly leave: () => Promise<void>;
}

/** Records in batches; each array is fresh. */
export async function* readRange(
  source: ReadSource,
  range: ReadRange,
): AsyncGenerator<WalRecord[]> {
  const position: Position = { nextLsn: range.from, frameLsn: 0 };
  let visit: Visit | undefined;
  source.check();
  try {
    while (position.nextLsn <= range.to) {
      aborted(range.signal);
      source.check();
      if (position.nextLsn > source.set.lastLsn) {
        if (!range.follow) return;
        await source.waitFor(position.nextLsn, range.signal);
        continue;
      }
      const segment = locate(source, position);
      if (segment !== visit?.segment) {
        // The next segment is pinned before the last one is let go: retention must not pass in between.
        const next = await enter(source, position, segment, range);
        await visit?.leave();
        visit = next;
      }
      const batch = await readBatch(visit, position, range);
      if (batch.length > 0) yield batch;
    }
  } finally {
    await visit?.leave();
  }
}

/** The segment that holds `nextLsn`, or a gap error. */
function locate(source: ReadSource, position: Position): Segment {
  const { set } = source;
  const wanted = position.nextLsn;
  const low = source.lowLsn();
  if (wanted <= low) throw gap(wanted, low + 1, "retired by a checkpoint");
  const segment = set.find(wanted);
  if (segment !== undefined && wanted <= segment.lastLsn) return segment;
  const next = set.after(wanted);
  if (next === undefined) throw gap(wanted, low + 1, "not in the log");
  if (source.gaps === "throw") throw gap(wanted, next.firstLsn, "lost before the log was repaired");
  position.nextLsn = next.firstLsn;
  return next;
}

/** Opens the segment and finds the frame to start from. */
async function enter(
  source: ReadSource,
  position: Position,
  segment: Segment,
  range: ReadRange,
): Promise<Visit> {
  const unpin = source.set.pin(segment);
  let release: (() => Promise<void>) | undefined;
  let visit: Visit | undefined;
  const leave = async (): Promise<void> => {
    await visit?.reader.settled();
    unpin();
    await release?.();
  };
  try {
    const handle = await source.files.acquire(segment.name);
    release = handle.release;
    const { file } = handle;
    let from = segment.start;
    position.frameLsn = segment.firstLsn;
    if (position.nextLsn > segment.firstLsn) {
      segment.index ??= await findIndex(file, segment);
      for (const entry of segment.index ?? []) {
        if (entry.lsn > position.nextLsn || entry.offset >= segment.end) break;
        from = entry.offset;
        position.frameLsn = entry.lsn;
      }
    }
    const few = range.to - range.from < FEW_RECORDS ? FEW_BLOCK_BYTES : undefined;
    const known = range.known?.floor(segment, position.nextLsn);
    if (known !== undefined && known.firstLsn >= position.frameLsn) {
      from = known.offset;
      position.frameLsn = known.firstLsn;
    }
    const blockBytes = known?.size ?? few;
    const wanted = { from, to: segment.end, blockBytes, ahead: true };
    const reader = new FrameReader(file, segment.context, wanted);
    visit = { segment, file, reader, rest: undefined, leave };
    return visit;
  } catch (error) {
    await leave();
    throw asWalError(error, `reading ${segment.name}`, { segment: segment.name });
  }
}

/** The seal's index, or one made by reading the segment once. */
async function findIndex(file: StorageFile, segment: Segment): Promise<Segment["index"]> {
  const sealed = await findSeal(file, segment, await file.size());
  if (sealed !== undefined) return sealed.index;
  const scan = await scanSegment(file, segment, { upTo: segment.end, vouched: segment.lastLsn });
  if (scan.damage !== undefined) throw scan.damage;
  return scan.index;
}

async function readBatch(visit: Visit, position: Position, range: ReadRange): Promise<WalRecord[]> {
  const { segment } = visit;
  // Fixed for this batch: the writer moves them on together, between two turns of the event loop.
  const { end, lastLsn, chain } = segment;
  visit.reader.extend(end);
  const batch: WalRecord[] = [];
  let bytes = takeRest(visit, range, batch);
  while (visit.rest === undefined && position.frameLsn <= Math.min(lastLsn, range.to)) {
    if (batch.length >= BATCH_RECORDS || bytes >= BATCH_BYTES) break;
    const from = visit.reader.offset;
    try {
      await readFrame(visit, position, { lastLsn, chain, known: range.known });
    } catch (error) {
      if (batch.length === 0) throw error;
      // What stands before the damage is handed out first; the next batch meets it again.
      await visit.reader.settled();
      visit.reader = new FrameReader(visit.file, segment.context, { from, to: end });
      break;
    }
    bytes += takeRest(visit, { from: position.nextLsn, to: range.to }, batch);
  }
  const reached = visit.rest?.nextLsn ?? position.frameLsn;
  position.nextLsn = Math.max(position.nextLsn, Math.min(reached, range.to + 1));
  return batch;
}

/** Fills `batch` from the frame read last; returns the bytes taken. */
function takeRest(visit: Visit, wanted: LsnRange, batch: WalRecord[]): number {
  const bytes = visit.rest?.take(wanted, BATCH_RECORDS - batch.length, batch) ?? 0;
  if (visit.rest?.ended === true) visit.rest = undefined;
  return bytes;
}

/** Reads and checks the next frame; its records are the visit's `rest` then. */
async function readFrame(
  visit: Visit,
  position: Position,
  last: { lastLsn: number; chain: Uint8Array; known: KnownFrames | undefined },
): Promise<void> {
  const { reader, segment } = visit;
  const frame = await nextFrame(reader, segment, position.frameLsn);
  const opened = openBody(reader.block, reader.at, frame, segment.cipher);
  const details = { segment: segment.name, offset: reader.offset, lsn: position.frameLsn };
  const place = `segment ${segment.name}, offset ${reader.offset}`;
  if (opened.kind === "tampered") {
    throw new WalError("WAL_TAMPERED", `${opened.reason}: ${place}`, { details });
  }
  reader.pass(frame);
  if (frame.type !== FRAME_RECORDS) return;
  const next = position.frameLsn + frame.count;
  // The last frame must be the one the successor's header, the scan or the writer knows.
  if (next > last.lastLsn && !equalBytes(opened.identity, last.chain)) {
    throw new WalError("WAL_CORRUPT", `the chain is broken, another frame ends it: ${place}`, {
      details,
    });
  }
  visit.rest = RecordCursor.over(opened.body, frame);
  if (visit.rest === undefined) {
    throw new WalError("WAL_CORRUPT", `records do not fill the frame: ${place}`, { details });
  }
  last.known?.learn(segment, frame, opened.body, {
    offset: details.offset,
    bodyAt: details.offset + FRAME_HEADER_BYTES + frame.bodyBytes - opened.body.length,
  });
  position.frameLsn = next;
}

/** The frame that starts at `lsn`: bad stretches that held no record are passed, anything else is damage. */
async function nextFrame(reader: FrameReader, segment: Segment, lsn: number): Promise<Frame> {
  const from = reader.offset;
  let reason = "the file ends";
  for (;;) {
    const found = await attempt(reader, segment);
    if (found === undefined) {
      throw new WalError(
        "WAL_CORRUPT",
        `LSN ${lsn} is durable and damaged: ${reason}: segment ${segment.name}, offset ${from}`,
        { details: { segment: segment.name, offset: from, lsn } },
      );
    }
    if ("frame" in found && found.frame.firstLsn === lsn) return found.frame;
    if (reader.offset === from) {
      reason = "bad" in found ? found.bad : `LSN ${found.frame.firstLsn} where ${lsn} was expected`;
    }
    reader.skipSector();
  }
}

async function attempt(
  reader: FrameReader,
  segment: Segment,
): Promise<Awaited<ReturnType<FrameReader["next"]>>> {
  try {
    return await reader.next();
  } catch (error) {
    throw asWalError(error, `reading ${segment.name}`, {
      segment: segment.name,
      offset: reader.offset,
    });
  }
}

function gap(lsn: number, resumeLsn: number, reason: string): WalError {
  return new WalError(
    "WAL_GAP",
    `LSN ${lsn} cannot be read: ${reason}; reading resumes at ${resumeLsn}`,
    {
      details: { lsn, resumeLsn },
    },
  );
}

export function aborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted === true) throw abortError(signal, "the wait was given up");
}
