/**
 * Reading a damaged log, without writing a byte: `point-in-time` stops at the first damage, `salvage`
 * passes over it and reports every gap. Both see sound stretches of frames where strict recovery
 * sees segments.
 */
import type { Crc32 } from "../checksum.ts";
import type { Cipher } from "../cipher.ts";
import { isWalError } from "../errors.ts";
import type { Segment } from "../segment/segment.ts";
import type { Storage } from "../storage.ts";
import type { ValidSegment } from "./chain.ts";
import { bindSegment, prepareKeys } from "./keyring.ts";
import type { Recovered } from "./recover.ts";
import {
  type RecoveryMode,
  type RecoveryNote,
  type RecoveryReport,
  countRecords,
} from "./report.ts";
import type { Stretch } from "./scan.ts";
import { soundStretches } from "./sound-stretches.ts";
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
  let checkpointLsn = 0;
  let tail: Stretch | undefined;
  for (const segment of valid) {
    const bound = bind(segment, options, notes);
    if (bound === undefined) continue;
    const to = cutOf(segment, valid) ?? segment.size;
    const walk = await withFile(storage, segment.name, (file) => soundStretches(file, bound, to));
    const { predecessor, durableLsn } = bound.header;
    synced = Math.max(synced, walk.synced, predecessor.cutLsn, durableLsn);
    checkpointLsn = Math.max(checkpointLsn, walk.checkpointLsn);
    stretches.push(...walk.stretches);
    notes.push(...walk.damage.map((stretch) => skipped(bound.name, stretch)));
    tail = walk.tail;
  }
  const lowLsn = valid.reduce((low, { header }) => Math.max(low, header.lowLsn), 0);
  const segments = dense(stretches, lowLsn, options.mode, notes);
  const lastLsn = segments.at(-1)?.lastLsn ?? lowLsn;
  const newest = valid.at(-1)?.name ?? "";
  if (synced > lastLsn) notes.push(lost(newest, lastLsn + 1, synced));
  const torn = synced > lastLsn ? undefined : tail;
  if (tail !== undefined) {
    const kind = torn === undefined ? "skipped" : "torn-tail";
    notes.push({ ...skipped(newest, tail), kind });
  }
  const report: RecoveryReport = {
    mode: options.mode,
    records: countRecords(segments, lowLsn),
    lastLsn,
    tail: torn === undefined ? "clean" : "torn",
    tornBytes: torn?.bytes ?? 0,
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
    checkpointLsn: Math.max(lowLsn, checkpointLsn),
    logId: valid.at(-1)?.header.logId,
    dead: [],
    tornBytes: report.tornBytes,
    notes,
    report,
    gaps: "skip",
  };
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
      // A gap that a repair has recorded is no damage. 0 records none, though LSN 0 comes before the first.
      const { gapAfter, firstLsn } = stretch.header;
      if (gapAfter === 0 || gapAfter !== last || stretch.firstLsn !== firstLsn) {
        notes.push(lost(stretch.name, last + 1, stretch.firstLsn - 1));
        if (mode === "point-in-time") break;
      }
    }
    kept.push(stretch);
    last = stretch.lastLsn;
  }
  return kept;
}

function skipped(segment: string, { offset, bytes, reason }: Stretch): RecoveryNote {
  return { kind: "skipped", segment, offset, bytes, message: `no sound frame: ${reason}` };
}

function lost(segment: string, from: number, to: number): RecoveryNote {
  return { kind: "damage", segment, message: `LSN ${from} to ${to} cannot be read` };
}

/** Where the latest successor cut this segment. */
function cutOf(segment: ValidSegment, valid: readonly ValidSegment[]): number | undefined {
  const id = segment.header.segmentId;
  return valid.findLast(({ header }) => header.predecessor.id === id)?.header.predecessor.cutOffset;
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
