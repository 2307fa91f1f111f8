/**
 * Reading a damaged log, without writing a byte: `point-in-time` stops at the first damage, `salvage`
 * passes over it and reports every gap. Both see sound stretches of frames where strict recovery
 * sees segments.
 */
import type { Crc32 } from "../checksum.ts";
import type { Cipher } from "../cipher.ts";
import { isWalError } from "../errors.ts";
import { FRAME_RECORDS } from "../format/frame.ts";
import { FRAMES_START } from "../format/segment-header.ts";
import { openBody } from "../segment/frame-body.ts";
import { FrameReader } from "../segment/frame-reader.ts";
import { Segment } from "../segment/segment.ts";
import type { Storage, StorageFile } from "../storage.ts";
import type { ValidSegment } from "./chain.ts";
import { bindSegment, prepareKeys } from "./keyring.ts";
import type { Recovered } from "./recover.ts";
import type { RecoveryMode, RecoveryNote, RecoveryReport } from "./report.ts";
import { type Survey, survey, withFile } from "./survey.ts";

export interface LenientOptions {
  readonly crc32: Crc32;
  readonly cipher: Cipher | undefined;
  readonly mode: Exclude<RecoveryMode, "strict">;
}

/** Sound stretches as segments of their own, and the story of what lies between them. */
export async function recoverLenient(
  storage: Storage,
  options: LenientOptions,
): Promise<Recovered & { report: RecoveryReport; gaps: "skip" }> {
  const found = await survey(storage, { crc32: options.crc32, sync: false });
  const notes = headerNotes(found);
  const valid = soundHeaders(found, notes);
  await prepareKeys(
    valid.map(({ header }) => header),
    options.cipher,
  );
  const stretches: Segment[] = [];
  let synced = 0;
  for (const segment of valid) {
    const bound = bind(segment, options, notes);
    if (bound === undefined) continue;
    const to = cutOf(segment, valid) ?? segment.size;
    const walk = await withFile(storage, segment.name, (file) =>
      soundStretches(file, bound, to, notes),
    );
    synced = Math.max(synced, walk.synced, bound.header.predecessor.cutLsn);
    stretches.push(...walk.stretches);
  }
  const lowLsn = valid.reduce((low, { header }) => Math.max(low, header.lowLsn), 0);
  const segments = dense(stretches, lowLsn, options.mode, notes);
  const lastLsn = segments.at(-1)?.lastLsn ?? lowLsn;
  if (synced > lastLsn) notes.push(lost(segments.at(-1)?.name ?? "", lastLsn + 1, synced));
  const report: RecoveryReport = {
    mode: options.mode,
    records: countRecords(segments, lowLsn),
    lastLsn,
    tail: notes.some((note) => note.kind === "torn-tail") ? "torn" : "clean",
    tornBytes: 0,
    carried: 0,
    segments: new Set(segments.map((segment) => segment.name)).size,
    notes,
  };
  return {
    segments,
    unvouched: [],
    markUnvouched: false,
    vouchedLsn: lastLsn,
    maxId: found.segments.at(-1)?.id ?? 0,
    lowLsn,
    checkpointLsn: lowLsn,
    logId: valid.at(-1)?.header.logId,
    dead: [],
    tornBytes: 0,
    notes,
    report,
    gaps: "skip",
  };
}

/** Records in the stretches, those that stand twice counted once. */
function countRecords(segments: readonly Segment[], lowLsn: number): number {
  let last = lowLsn;
  let records = 0;
  for (const segment of segments) {
    records += segment.lastLsn - Math.max(last, segment.firstLsn - 1);
    last = segment.lastLsn;
  }
  return records;
}

/** Keeps what goes on; where nothing does, there is a gap: the end in point-in-time, a note in salvage. */
function dense(
  stretches: readonly Segment[],
  lowLsn: number,
  mode: LenientOptions["mode"],
  notes: RecoveryNote[],
): Segment[] {
  const kept: Segment[] = [];
  let last = lowLsn;
  for (const stretch of stretches) {
    if (stretch.lastLsn <= last) continue;
    if (stretch.firstLsn > last + 1) {
      if (stretch.header.gapAfter !== last)
        notes.push(lost(stretch.name, last + 1, stretch.firstLsn - 1));
      if (mode === "point-in-time") break;
    }
    kept.push(stretch);
    last = stretch.lastLsn;
  }
  return kept;
}

function lost(segment: string, from: number, to: number): RecoveryNote {
  return { kind: "damage", segment, message: `LSN ${from} to ${to} cannot be read` };
}

/** Where the latest successor cut this segment. */
function cutOf(segment: ValidSegment, valid: readonly ValidSegment[]): number | undefined {
  const id = segment.header.segmentId;
  return valid.findLast(({ header }) => header.predecessor.id === id)?.header.predecessor.cutOffset;
}

/** Every run of valid frames with dense LSNs. */
async function soundStretches(
  file: StorageFile,
  segment: Segment,
  to: number,
  notes: RecoveryNote[],
): Promise<{ stretches: Segment[]; synced: number }> {
  const reader = new FrameReader(file, segment.context, { from: FRAMES_START, to });
  const stretches: Segment[] = [];
  let synced = 0;
  let current: Segment | undefined;
  for (;;) {
    const { offset } = reader;
    const found = await reader.next();
    if (found === undefined) break;
    const opened =
      "bad" in found
        ? { kind: "tampered" as const, reason: found.bad }
        : openBody(reader.block, reader.at, found.frame, segment.cipher);
    if ("bad" in found || opened.kind === "tampered") {
      const reason = opened.kind === "tampered" ? opened.reason : "";
      const known = notes.at(-1);
      if (current !== undefined || known?.segment !== segment.name) {
        notes.push({
          kind: "skipped",
          segment: segment.name,
          offset,
          message: `no sound frame: ${reason}`,
        });
      }
      current = undefined;
      reader.skipSector();
      continue;
    }
    const { frame } = found;
    reader.pass(frame);
    synced = Math.max(synced, frame.syncedLsn);
    if (frame.type !== FRAME_RECORDS) continue;
    if (current === undefined || frame.firstLsn !== current.lastLsn + 1) {
      current = stretchAt(segment, offset, frame.firstLsn);
      stretches.push(current);
    }
    current.lastLsn = frame.firstLsn + frame.count - 1;
    current.end = reader.offset;
    current.chain = opened.identity;
  }
  return { stretches, synced };
}

function stretchAt(segment: Segment, start: number, firstLsn: number): Segment {
  const stretch = new Segment(segment.header, segment.context.crc32, segment.cipher);
  stretch.start = start;
  stretch.firstLsn = firstLsn;
  stretch.index = [];
  return stretch;
}

function bind(
  { name, header }: ValidSegment,
  options: LenientOptions,
  notes: RecoveryNote[],
): Segment | undefined {
  try {
    return bindSegment(header, options);
  } catch (error) {
    // A header that does not authenticate is damage to be passed over; a key that is missing is not.
    if (!isWalError(error, "WAL_TAMPERED")) throw error;
    notes.push({ kind: "damage", segment: name, message: error.message });
    return undefined;
  }
}

function soundHeaders(found: Survey, notes: RecoveryNote[]): ValidSegment[] {
  const valid: ValidSegment[] = [];
  for (const { id, name, size, state } of found.segments) {
    if (state.kind !== "valid") continue;
    if (state.header.segmentId === id) valid.push({ name, size, header: state.header });
    else notes.push({ kind: "damage", segment: name, message: "its header names another segment" });
  }
  return valid;
}

function headerNotes(found: Survey): RecoveryNote[] {
  const notes: RecoveryNote[] = [];
  for (const { name: segment, state } of found.segments) {
    if (state.kind === "bad" || state.kind === "unsupported") {
      notes.push({ kind: "damage", segment, message: `no readable header: ${state.reason}` });
    }
  }
  return notes;
}
