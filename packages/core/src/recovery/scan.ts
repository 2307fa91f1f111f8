/**
 * Reads the frames of one segment and decides where they end: torn or corrupt. Reads only.
 *
 * At a bad frame where LSN X was expected it scans on to the end of the file. A valid frame that
 * starts exactly at X: the bad stretch held no record. A valid frame that says "synced up to X or
 * more": acknowledged data is damaged. Otherwise nobody was told that X is durable: a torn tail.
 * (The rule is Pebble's, see docs/format.md section 3.)
 */
import { FRAME_SEAL, type Frame, FRAME_MARK, FRAME_RECORDS, mayIgnore } from "../format/frame.ts";
import { type IndexEntry, decodeMark } from "../format/mark.ts";
import { FRAMES_START, SECTOR_BYTES } from "../format/segment-header.ts";
import { WalError, type WalErrorDetails } from "../errors.ts";
import { openBody } from "../segment/frame-body.ts";
import { FrameReader } from "../segment/frame-reader.ts";
import type { Segment } from "../segment/segment.ts";
import { isNeverWritten } from "./frame-walk.ts";
import type { StorageFile } from "../storage.ts";

/** A record frame by its borders. */
export interface FrameBorder {
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly offset: number;
  readonly end: number;
  readonly identity: Uint8Array;
}

/** Bytes that are not part of the log. */
export interface Stretch {
  readonly offset: number;
  readonly bytes: number;
  readonly reason: string;
}

/** What a scan found. */
export interface Scan {
  /** Offset behind the last frame that is part of the log. */
  readonly end: number;
  /**
   * Offset behind the last record frame. A mark or seal behind it may stand in the cache alone (its sync
   * may have failed before a kill), so nothing durable may depend on its place.
   */
  readonly recordsEnd: number;
  /** The last frame is a mark that raised a watermark, and nothing shows that its sync succeeded. */
  readonly markUnvouched: boolean;
  /** Last valid record, `firstLsn - 1` if there is none. */
  readonly lastLsn: number;
  /** Identity of its frame; the predecessor's if there is none. */
  readonly chain: Uint8Array;
  /** Highest LSN that a valid frame here calls synced; 0 if none does. */
  readonly vouchedLsn: number;
  /** The same of the valid frames behind damage. */
  readonly beyondLsn: number;
  /** Record frames behind `vouchedLsn`, in order: valid, but nothing vouches for them here. */
  readonly unvouched: readonly FrameBorder[];
  /** The last record frame that is vouched for. */
  readonly vouchedFrame: FrameBorder | undefined;
  readonly recordFrames: number;
  readonly lowLsn: number;
  readonly checkpointLsn: number;
  readonly index: readonly IndexEntry[];
  readonly sealed: boolean;
  /** A bad stretch that held no record. */
  readonly skipped: readonly Stretch[];
  /** What was cut off behind `end`, if anything but zeros is there. */
  readonly torn: Stretch | undefined;
  /** Set instead of an end: vouched-for damage (I1). */
  readonly damage: WalError | undefined;
}

/** The scan's running state. */
class Progress {
  end = FRAMES_START;
  recordsEnd = FRAMES_START;
  markUnvouched: boolean;
  lastLsn: number;
  chain: Uint8Array;
  vouchedLsn = 0;
  beyondLsn = 0;
  vouchedFrame: FrameBorder | undefined;
  unvouched: FrameBorder[] = [];
  recordFrames = 0;
  lowLsn: number;
  checkpointLsn: number;
  index: IndexEntry[] = [];
  sealed = false;
  sequence = 0;
  skipped: Stretch[] = [];
  torn: Stretch | undefined;
  damage: WalError | undefined;

  constructor(segment: Segment) {
    this.lastLsn = segment.firstLsn - 1;
    this.chain = segment.chain;
    this.lowLsn = segment.header.lowLsn;
    this.checkpointLsn = segment.header.checkpointLsn;
    // While no frame stands behind it, even the header's own sync may have failed.
    this.markUnvouched = this.checkpointLsn > 0;
  }

  vouch(lsn: number): void {
    if (lsn <= this.vouchedLsn) return;
    this.vouchedLsn = lsn;
    while (this.unvouched.length > 0 && this.unvouched[0]!.lastLsn <= lsn) {
      this.vouchedFrame = this.unvouched.shift();
    }
  }
}

/** Distance of index entries made while scanning. */
const INDEX_STEP_BYTES = 256 * 1024;

/**
 * Scans `segment` from its first frame. `upTo` ends the scan at a cut that a successor names.
 * `vouched` is the highest LSN that anything outside the segment vouches for.
 */
export async function scanSegment(
  file: StorageFile,
  segment: Segment,
  options: { upTo?: number; vouched?: number } = {},
): Promise<Scan> {
  const to = options.upTo ?? (await file.size());
  const reader = new FrameReader(file, segment.context, { from: FRAMES_START, to, ahead: true });
  try {
    return await scanFrames(reader, segment, options.vouched ?? 0);
  } finally {
    await reader.settled();
  }
}

async function scanFrames(reader: FrameReader, segment: Segment, vouched: number): Promise<Scan> {
  const progress = new Progress(segment);
  for (;;) {
    const found = await reader.next();
    if (found === undefined) break;
    const reason =
      "bad" in found ? found.bad : accept(reader, found.frame, segment, progress, vouched);
    if (progress.damage !== undefined) break;
    if (reason === undefined) continue;
    const misfit = "bad" in found ? undefined : found.frame;
    const resumed = await lookBeyond(reader, segment, progress, {
      reason,
      misfit,
      vouched,
    });
    if (!resumed) break;
  }
  if (progress.damage === undefined && progress.torn === undefined && progress.lastLsn < vouched) {
    progress.damage = vouchedDamage(segment, progress, "the file ends", vouched);
  }
  return progress;
}

/** Takes the frame into the log, or says why it does not belong at this place. */
function accept(
  reader: FrameReader,
  frame: Frame,
  segment: Segment,
  progress: Progress,
  vouched: number | undefined,
): string | undefined {
  const expected = progress.lastLsn + 1;
  if (frame.firstLsn !== expected) return `LSN ${frame.firstLsn} where ${expected} was expected`;
  if (frame.sequence <= progress.sequence) {
    return `sequence ${frame.sequence} after ${progress.sequence}`;
  }
  const offset = reader.offset;
  const opened = openBody(reader.block, reader.at, frame, segment.cipher);
  if (opened.kind === "tampered") {
    progress.damage = new WalError(
      "WAL_TAMPERED",
      `frame authentication: ${opened.reason}: segment ${segment.name}, offset ${offset}`,
      { details: { segment: segment.name, offset, lsn: expected } },
    );
    return undefined;
  }
  progress.sequence = frame.sequence;
  progress.vouch(frame.syncedLsn);
  progress.sealed = frame.type === FRAME_SEAL;
  reader.pass(frame);
  progress.end = reader.offset;
  progress.markUnvouched = false;
  if (frame.type === FRAME_RECORDS) {
    progress.recordsEnd = reader.offset;
    const lastLsn = frame.firstLsn + frame.count - 1;
    const { identity } = opened;
    const border = { firstLsn: frame.firstLsn, lastLsn, offset, end: reader.offset, identity };
    progress.lastLsn = lastLsn;
    progress.chain = identity;
    progress.recordFrames++;
    if (lastLsn <= Math.max(progress.vouchedLsn, vouched ?? 0)) progress.vouchedFrame = border;
    else progress.unvouched.push(border);
    const lastIndexed = progress.index.at(-1);
    if (lastIndexed === undefined || offset - lastIndexed.offset >= INDEX_STEP_BYTES) {
      progress.index.push({ lsn: frame.firstLsn, offset });
    }
  } else if (frame.type === FRAME_MARK || frame.type === FRAME_SEAL) {
    const mark = decodeMark(opened.body);
    if (mark !== undefined) {
      progress.markUnvouched =
        frame.type === FRAME_MARK &&
        (mark.lowLsn > progress.lowLsn || mark.checkpointLsn > progress.checkpointLsn);
      progress.lowLsn = Math.max(progress.lowLsn, mark.lowLsn);
      progress.checkpointLsn = Math.max(progress.checkpointLsn, mark.checkpointLsn);
    }
  }
  return undefined;
}

/**
 * At a bad frame: looks at everything behind it. Returns true, with the reader at the frame that goes
 * on, if the bad stretch held no record; otherwise sets `torn` or `damage`.
 */
async function lookBeyond(
  reader: FrameReader,
  segment: Segment,
  progress: Progress,
  place: { reason: string; misfit: Frame | undefined; vouched: number },
): Promise<boolean> {
  const { reason, misfit } = place;
  const expected = progress.lastLsn + 1;
  const from = reader.offset;
  let lastByte = from;
  // A sound frame that does not belong here is a witness like those behind it.
  let strangers = misfit !== undefined && !mayIgnore(misfit);
  let own = misfit?.syncedLsn ?? 0;
  for (;;) {
    lastByte = lastWritten(reader, segment, lastByte);
    reader.skipSector();
    const found = await reader.next();
    if (found === undefined) break;
    if ("bad" in found) continue;
    const { frame } = found;
    if (frame.firstLsn === expected && frame.sequence > progress.sequence && !strangers) {
      progress.skipped.push({ offset: from, bytes: reader.offset - from, reason });
      return true;
    }
    if (!mayIgnore(frame)) strangers = true;
    own = Math.max(own, frame.syncedLsn);
  }
  progress.beyondLsn = own;
  const synced = Math.max(place.vouched, own);
  if (synced >= expected) {
    progress.damage = vouchedDamage(segment, progress, reason, synced);
  } else if (lastByte > from) {
    progress.torn = { offset: from, bytes: lastByte - from, reason };
  }
  return false;
}

/** End of the last sector seen that the segment has written, as far as that shows. */
function lastWritten(reader: FrameReader, segment: Segment, before: number): number {
  const { block, at } = reader;
  const sector = block.subarray(at, Math.min(at + SECTOR_BYTES, block.length));
  return isNeverWritten(sector, segment) ? before : reader.offset + sector.length;
}

function vouchedDamage(
  segment: Segment,
  progress: Progress,
  reason: string,
  synced: number,
): WalError {
  const lsn = progress.lastLsn + 1;
  const details: WalErrorDetails = { segment: segment.name, offset: progress.end, lsn };
  return new WalError(
    "WAL_CORRUPT",
    `LSN ${lsn} to ${synced} were durable and are damaged: ${reason}: segment ${segment.name}, offset ${progress.end}`,
    { details },
  );
}
