/**
 * Strict recovery: from a directory to the log it holds. Reads only (I6); what must be written before the
 * log may be used (the carried tail) is returned as facts and written by the caller.
 */
import type { Crc32 } from "../checksum.ts";
import type { Cipher } from "../cipher.ts";
import { FRAME_SEAL, decodeFrame, frameBytes } from "../format/frame.ts";
import { MAX_SEAL_BODY_BYTES, decodeSeal } from "../format/mark.ts";
import { FRAMES_START, SECTOR_BYTES } from "../format/segment-header.ts";
import { segmentName } from "../format/segment-name.ts";
import { openBody } from "../segment/frame-body.ts";
import { readFully } from "../segment/read-fully.ts";
import type { Segment } from "../segment/segment.ts";
import type { Storage, StorageFile } from "../storage.ts";
import {
  type ValidSegment,
  corrupt,
  headerLowLsn,
  refuseBadHeaders,
  validSegments,
  walkChain,
} from "./chain.ts";
import { bindSegment, prepareKeys, refuseDowngrade } from "./keyring.ts";
import type { RecoveryNote } from "./report.ts";
import { type FrameBorder, type Scan, scanSegment } from "./scan.ts";
import { type Survey, survey, withFile } from "./survey.ts";

/** A sealed newest segment up to this size is scanned all the same: it costs nothing and finds damage early. */
const SCAN_ANYWAY_BYTES = 1024 * 1024;

/** What strict recovery found. */
export interface Recovered {
  /** Live segments, oldest first; `end` and `lastLsn` say how far each is part of the log. */
  readonly segments: Segment[];
  /** Record frames of the newest segment that nothing vouches for; to be carried. */
  readonly unvouched: readonly FrameBorder[];
  /** Last record that is vouched for. */
  readonly vouchedLsn: number;
  /** The watermarks come from a mark that may not be durable: to be written again. */
  readonly markUnvouched: boolean;
  /** Highest id of any file. */
  readonly maxId: number;
  readonly lowLsn: number;
  readonly checkpointLsn: number;
  readonly logId: Uint8Array | undefined;
  /** Files that are not part of the log and may be removed once a newer segment is durable. */
  readonly dead: readonly string[];
  readonly tornBytes: number;
  readonly notes: RecoveryNote[];
}

export interface RecoverOptions {
  readonly crc32: Crc32;
  readonly cipher: Cipher | undefined;
  /** Sync before believing: yes for the writer, no for readers beside one. */
  readonly sync: boolean;
}

export async function recover(storage: Storage, options: RecoverOptions): Promise<Recovered> {
  const found = await survey(storage, options);
  const valid = validSegments(found.segments);
  refuseDowngrade(valid.map(({ header }) => header));
  const lowLsn = headerLowLsn(valid);
  const notes = surveyNotes(found);
  const newest = await newestBorn(storage, valid, lowLsn, options, notes);
  refuseBadHeaders(found.segments, newest?.valid.header.segmentId ?? 0);
  const maxId = found.segments.at(-1)?.id ?? 0;
  if (newest === undefined) {
    await prepareKeys([], options.cipher);
    const dead = found.segments.map((segment) => segment.name);
    return { ...nothing, segments: [], maxId, dead, logId: undefined, notes };
  }
  const { scan } = newest;
  const low = Math.max(lowLsn, scan.lowLsn);
  const chain = walkChain(newest.valid, found.segments, low);
  const segments = await bindChain(chain, newest, options);
  const live = new Set(segments.map((segment) => segment.name));
  const dead = found.segments.filter(({ name }) => !live.has(name)).map(({ name }) => name);
  for (const segment of dead) notes.push({ kind: "dead", segment, message: "not part of the log" });
  return {
    segments,
    unvouched: scan.unvouched,
    markUnvouched: scan.markUnvouched,
    vouchedLsn: newest.segment.lastLsn,
    maxId,
    lowLsn: low,
    checkpointLsn: Math.max(low, scan.checkpointLsn),
    logId: newest.valid.header.logId,
    dead,
    tornBytes: scan.torn?.bytes ?? 0,
    notes,
  };
}

const nothing = {
  unvouched: [],
  markUnvouched: false,
  vouchedLsn: 0,
  lowLsn: 0,
  checkpointLsn: 0,
  tornBytes: 0,
};

/** The newest born segment, scanned, with `end` and `lastLsn` at what is vouched for. */
interface Newest {
  readonly valid: ValidSegment;
  readonly segment: Segment;
  readonly scan: Scan;
}

/** Goes down from the newest header, past segments whose carry is incomplete. */
async function newestBorn(
  storage: Storage,
  valid: readonly ValidSegment[],
  lowLsn: number,
  options: RecoverOptions,
  notes: RecoveryNote[],
): Promise<Newest | undefined> {
  // What is checkpointed was durable: a log that ends before it has lost something.
  let laterVouch = lowLsn;
  const named = new Set<number>();
  for (const candidate of valid.toReversed()) {
    const { header, name } = candidate;
    // Candidates depend on each other: a later header's word decides what an earlier one may be.
    await prepareKeys([header], options.cipher);
    const segment = bindSegment(header, options);
    const vouched = Math.max(laterVouch, header.predecessor.cutLsn, header.durableLsn);
    const scan = await withFile(storage, name, (file) =>
      scanNewest(file, segment, candidate, laterVouch),
    );
    const complete = header.carriedTo === 0 || scan.lastLsn >= header.carriedTo;
    const witnessed = Math.max(scan.vouchedLsn, scan.beyondLsn);
    if (!complete && witnessed < header.firstLsn && !named.has(header.segmentId)) {
      notes.push({ kind: "unborn", segment: name, message: "its carried records are incomplete" });
      laterVouch = vouched;
      named.add(header.predecessor.id);
      continue;
    }
    if (scan.damage !== undefined) throw scan.damage;
    if (!complete) {
      throw corrupt(
        name,
        `carried records end at LSN ${scan.lastLsn}, not ${header.carriedTo}`,
        scan.end,
      );
    }
    scanNotes(name, scan, notes);
    settle(segment, scan);
    return { valid: candidate, segment, scan };
  }
  const unborn = valid.at(-1);
  if (unborn === undefined) return undefined;
  // Whoever begins to repeat records has read them, in a file that was synced before.
  const { segmentId, predecessor, carriedTo } = unborn.header;
  const source = predecessor.id === 0 ? unborn.name : segmentName(predecessor.id);
  throw corrupt(
    source,
    `the records up to LSN ${carriedTo} that ${segmentName(segmentId)} was to repeat are gone`,
  );
}

/** A clean end needs no scan: the seal, found at the end of the file, vouches for everything. */
async function scanNewest(
  file: StorageFile,
  segment: Segment,
  found: ValidSegment,
  laterVouch: number,
): Promise<Scan> {
  const vouched = Math.max(laterVouch, segment.firstLsn - 1);
  if (found.size > SCAN_ANYWAY_BYTES) {
    const sealed = await findSeal(file, segment, found.size);
    if (sealed !== undefined && sealed.lastLsn >= vouched) return sealed;
  }
  return scanSegment(file, segment, { vouched });
}

/** Looks for a seal that ends exactly at `size`. */
export async function findSeal(
  file: StorageFile,
  segment: Segment,
  size: number,
): Promise<Scan | undefined> {
  const longest = frameBytes(MAX_SEAL_BODY_BYTES + 16);
  const start = Math.max(FRAMES_START, size - longest);
  if (size % SECTOR_BYTES !== 0 || start >= size) return undefined;
  const bytes = new Uint8Array(size - start);
  if ((await readFully(file, bytes, start)) < bytes.length) return undefined;
  for (let at = bytes.length - SECTOR_BYTES; at >= 0; at -= SECTOR_BYTES) {
    const rest = bytes.length - at;
    const outcome = decodeFrame(bytes, at, { available: rest, remaining: rest }, segment.context);
    if (outcome.kind !== "frame" || outcome.frame.size !== rest) continue;
    const { frame } = outcome;
    if (frame.type !== FRAME_SEAL || frame.syncedLsn !== frame.firstLsn - 1) return undefined;
    const opened = openBody(bytes, at, frame, segment.cipher);
    if (opened.kind === "tampered") return undefined;
    const seal = decodeSeal(opened.body, segment.firstLsn);
    if (seal === undefined) return undefined;
    return {
      end: size,
      // Everything before the seal was synced before the seal was written.
      recordsEnd: start + at,
      markUnvouched: false,
      lastLsn: frame.firstLsn - 1,
      chain: seal.chain,
      vouchedLsn: frame.syncedLsn,
      beyondLsn: 0,
      unvouched: [],
      vouchedFrame: undefined,
      recordFrames: seal.recordFrames,
      lowLsn: Math.max(seal.lowLsn, segment.header.lowLsn),
      checkpointLsn: Math.max(seal.checkpointLsn, segment.header.checkpointLsn),
      index: seal.index,
      sealed: true,
      skipped: [],
      torn: undefined,
      damage: undefined,
    };
  }
  return undefined;
}

/** How far the newest segment is part of the log before anything is carried. */
function settle(segment: Segment, scan: Scan): void {
  segment.index = scan.index;
  if (scan.unvouched.length === 0) {
    segment.end = scan.recordsEnd;
    segment.lastLsn = scan.lastLsn;
    segment.chain = scan.chain;
    segment.sealed = scan.sealed;
  } else if (scan.vouchedFrame !== undefined) {
    segment.end = scan.vouchedFrame.end;
    segment.lastLsn = scan.vouchedFrame.lastLsn;
    segment.chain = scan.vouchedFrame.identity;
  }
}

/** Binds the chain to its keys; every segment but the newest ends where its successor cut it. */
async function bindChain(
  chain: readonly ValidSegment[],
  newest: Newest,
  options: RecoverOptions,
): Promise<Segment[]> {
  const older = chain.slice(0, -1).map(({ header }) => header);
  await prepareKeys(older, options.cipher);
  const segments = [...older.map((header) => bindSegment(header, options)), newest.segment];
  for (let i = 0; i < segments.length - 1; i++) {
    const { cutLsn, cutOffset, chain: identity } = segments[i + 1]!.header.predecessor;
    segments[i]!.end = cutOffset;
    segments[i]!.lastLsn = cutLsn;
    segments[i]!.chain = identity;
  }
  return segments;
}

function surveyNotes(found: Survey): RecoveryNote[] {
  const notes: RecoveryNote[] = [];
  for (const segment of found.strangers) {
    notes.push({ kind: "stranger", segment, message: "not a segment; left alone" });
  }
  for (const { name: segment, state } of found.segments) {
    if (state.kind === "stillborn") {
      notes.push({ kind: "stillborn", segment, message: "a crash interrupted its birth" });
    } else if (state.kind === "valid" && state.damagedCopy) {
      notes.push({ kind: "header-copy", segment, message: "one of two header copies is damaged" });
    }
  }
  return notes;
}

function scanNotes(segment: string, scan: Scan, notes: RecoveryNote[]): void {
  for (const { offset, bytes, reason } of scan.skipped) {
    notes.push({
      kind: "skipped",
      segment,
      offset,
      bytes,
      message: `no record was in it: ${reason}`,
    });
  }
  if (scan.torn !== undefined) {
    const { offset, bytes, reason } = scan.torn;
    notes.push({
      kind: "torn-tail",
      segment,
      offset,
      bytes,
      message: `never acknowledged: ${reason}`,
    });
  }
}
