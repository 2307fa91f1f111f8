/**
 * What a log consists of, seen from outside: segments, frames, LSN ranges. Reads only what is in the
 * clear, takes no lock, and shows damaged logs too.
 */
import { type Crc32, crc32 } from "./checksum.ts";
import { WalError, isWalError } from "./errors.ts";
import { toHex } from "./format/bytes.ts";
import {
  FLAG_CARRIED,
  FLAG_SEALED,
  FRAME_MARK,
  FRAME_RECORDS,
  FRAME_SEAL,
  type Frame,
} from "./format/frame.ts";
import { FRAMES_START, type SegmentHeader, isRecycled } from "./format/segment-header.ts";
import { blindCipher } from "./recovery/blind-cipher.ts";
import { sealAtEnd, walkFrames } from "./recovery/frame-walk.ts";
import { bindSegment } from "./recovery/keyring.ts";
import { type Recovered, recover } from "./recovery/recover.ts";
import { type FoundSegment, survey, withFile } from "./recovery/survey.ts";
import type { Storage } from "./storage.ts";

/** Options of {@link inspectLog} and {@link readFrames}. */
export interface InspectOptions {
  /** Replaces the CRC-32 implementation; must compute the same numbers. */
  readonly checksum?: Crc32;
}

/** One segment file. */
export interface SegmentInspection {
  readonly name: string;
  readonly id: number;
  readonly fileBytes: number;
  /**
   * `sealed`, `active` (the newest one, without a seal: a writer is at work or was interrupted) and
   * `ended` (interrupted, its successor cut it) are part of the log; `dead` is not any more;
   * `stillborn` is what a crash during birth leaves; `unreadable` has no header this version can read.
   */
  readonly state: "sealed" | "active" | "ended" | "dead" | "stillborn" | "unreadable";
  /** Bytes up to the end of its last frame that is part of the log; 0 unless it is live. */
  readonly usedBytes: number;
  /** First and last record of the log in it; absent where unknown, equal to `first - 1` where it has none. */
  readonly firstLsn?: number;
  readonly lastLsn?: number;
  /** Why its header cannot be read. */
  readonly reason?: string;
  readonly header?: {
    readonly logId: string;
    /** Milliseconds since 1970. */
    readonly created: number;
    readonly predecessor: { id: number; cutLsn: number; cutOffset: number; chain: string };
    readonly carriedTo: number;
    readonly lowLsn: number;
    readonly checkpointLsn: number;
    readonly gapAfter: number;
    /** It was given the space of a retired segment, whose bytes may stand behind its frames. */
    readonly recycled: boolean;
    /** Key id as hex; absent in plaintext. */
    readonly cipher?: { readonly suite: number; readonly keyId: string };
    readonly damagedCopy: boolean;
  };
}

/** A log from outside. */
export interface LogInspection {
  readonly logId?: string;
  /** First record that can be read; above `lastLsn` if there is none. */
  readonly firstLsn: number;
  /** Last record that is vouched for. */
  readonly lastLsn: number;
  /** Everything at or below is retired, as far as that is in the clear. */
  readonly lowLsn: number;
  readonly segments: readonly SegmentInspection[];
  /** Files that are no segments. */
  readonly strangers: readonly string[];
  /** Why the log would not open. */
  readonly problem?: WalError;
}

/** One frame, or a stretch of bytes that is none. */
export type FrameInspection =
  | {
      readonly kind: "records" | "mark" | "seal" | "unknown";
      readonly offset: number;
      /** On disk, header and padding included. */
      readonly bytes: number;
      readonly bodyBytes: number;
      readonly sequence: number;
      readonly records: number;
      readonly firstLsn: number;
      /** `firstLsn - 1` for a frame without records. */
      readonly lastLsn: number;
      readonly syncedLsn: number;
      /** Milliseconds since 1970. */
      readonly time: number;
      readonly encrypted: boolean;
      /** It repeats a frame of the predecessor. */
      readonly carried: boolean;
    }
  | {
      /** `empty` = zeros, space that was never written. */
      readonly kind: "bad" | "empty";
      readonly offset: number;
      readonly bytes: number;
      readonly reason: string;
    };

/**
 * Lists a log's segments. Reads headers and seals, and the frames of the newest segment.
 * @throws WalError `WAL_STORAGE` when the storage cannot be read; damage is shown, not thrown.
 */
export async function inspectLog(
  storage: Storage,
  options: InspectOptions = {},
): Promise<LogInspection> {
  const crc = options.checksum ?? storageCrc32(storage);
  const { recovered, problem } = await recoverBlind(storage, crc);
  const found = await survey(storage, { crc32: crc, sync: false });
  const segments: SegmentInspection[] = [];
  for (const segment of found.segments) {
    segments.push(await inspectSegment(storage, segment, recovered, crc));
  }
  const live = recovered?.segments ?? [];
  const known = segments.filter(({ lastLsn }) => lastLsn !== undefined);
  const lowLsn = recovered?.lowLsn ?? Math.max(0, ...segments.map((s) => s.header?.lowLsn ?? 0));
  const first = live[0]?.firstLsn ?? known[0]?.firstLsn ?? 0;
  const logId = segments.findLast(({ header }) => header !== undefined)?.header?.logId;
  return {
    ...(logId === undefined ? {} : { logId }),
    firstLsn: Math.max(lowLsn + 1, first),
    lastLsn: recovered?.vouchedLsn ?? Math.max(lowLsn, ...known.map((s) => s.lastLsn ?? 0)),
    lowLsn,
    segments,
    strangers: found.strangers,
    ...(problem === undefined ? {} : { problem }),
  };
}

/**
 * The frames of one segment and what lies between them, to the end of the file.
 * @throws WalError `WAL_CORRUPT` if the segment's header cannot be read.
 */
export async function* readFrames(
  storage: Storage,
  segmentName: string,
  options: InspectOptions = {},
): AsyncGenerator<FrameInspection, void, undefined> {
  const crc = options.checksum ?? storageCrc32(storage);
  const found = await survey(only(storage, segmentName), { crc32: crc, sync: false });
  const state = found.segments[0]?.state;
  if (state?.kind !== "valid") {
    throw new WalError("WAL_CORRUPT", `segment ${segmentName}: no readable header`, {
      details: { segment: segmentName, offset: 0 },
    });
  }
  const segment = bindSegment(state.header, { crc32: crc, cipher: blindCipher });
  const file = await storage.open(segmentName);
  try {
    for await (const step of walkFrames(file, segment, { to: await file.size() })) {
      if (step.kind === "bad") {
        const { offset, bytes, reason, empty } = step;
        yield { kind: empty ? "empty" : "bad", offset, bytes, reason };
      } else {
        yield inspectFrame(step.frame, step.offset);
      }
    }
  } finally {
    await file.close();
  }
}

/** The storage's own CRC-32, or the portable one. */
export function storageCrc32(storage: Storage): Crc32 {
  return storage.crc32 === undefined ? crc32 : (bytes, seed) => storage.crc32!(bytes, seed);
}

async function recoverBlind(
  storage: Storage,
  crc: Crc32,
): Promise<{ recovered?: Recovered; problem?: WalError }> {
  try {
    return { recovered: await recover(storage, { crc32: crc, cipher: blindCipher, sync: false }) };
  } catch (error) {
    if (!isWalError(error) || error.code === "WAL_STORAGE") throw error;
    return { problem: error };
  }
}

async function inspectSegment(
  storage: Storage,
  found: FoundSegment,
  recovered: Recovered | undefined,
  crc: Crc32,
): Promise<SegmentInspection> {
  const { name, id, size: fileBytes, state } = found;
  const base = { name, id, fileBytes, usedBytes: 0 };
  if (state.kind === "stillborn") return { ...base, state: "stillborn" };
  if (state.kind !== "valid") return { ...base, state: "unreadable", reason: state.reason };
  const header = inspectHeader(state.header, state.damagedCopy);
  const live = recovered?.segments.find((segment) => segment.id === id);
  const segment = live ?? bindSegment(state.header, { crc32: crc, cipher: blindCipher });
  const seal = await withFile(storage, name, (file) => sealAtEnd(file, segment, fileBytes));
  // Behind the end of a dead or interrupted segment a seal means nothing.
  const sealed = seal !== undefined && (live === undefined || seal.lastLsn === live.lastLsn);
  const lastLsn = live?.lastLsn ?? seal?.lastLsn;
  const range = { firstLsn: segment.firstLsn, ...(lastLsn === undefined ? {} : { lastLsn }) };
  const isNewest = live !== undefined && recovered?.segments.at(-1) === live;
  const inLog = recovered === undefined || live !== undefined;
  const open = isNewest ? "active" : "ended";
  return {
    ...base,
    ...range,
    header,
    usedBytes: live === undefined ? 0 : sealed ? fileBytes : Math.max(live.end, FRAMES_START),
    state: !inLog ? "dead" : sealed ? "sealed" : open,
  };
}

function inspectHeader(
  header: SegmentHeader,
  damagedCopy: boolean,
): NonNullable<SegmentInspection["header"]> {
  const { id, cutLsn, cutOffset, chain } = header.predecessor;
  const { cipher } = header;
  return {
    logId: toHex(header.logId),
    created: header.created,
    predecessor: { id, cutLsn, cutOffset, chain: toHex(chain) },
    carriedTo: header.carriedTo,
    lowLsn: header.lowLsn,
    checkpointLsn: header.checkpointLsn,
    gapAfter: header.gapAfter,
    recycled: isRecycled(header),
    ...(cipher && { cipher: { suite: cipher.suite, keyId: toHex(cipher.keyId) } }),
    damagedCopy,
  };
}

function inspectFrame(frame: Frame, offset: number): FrameInspection {
  return {
    kind: kinds.get(frame.type) ?? "unknown",
    offset,
    bytes: frame.size,
    bodyBytes: frame.bodyBytes,
    sequence: frame.sequence,
    records: frame.count,
    firstLsn: frame.firstLsn,
    lastLsn: frame.firstLsn + frame.count - 1,
    syncedLsn: frame.syncedLsn,
    time: frame.time,
    encrypted: (frame.flags & FLAG_SEALED) !== 0,
    carried: (frame.flags & FLAG_CARRIED) !== 0,
  };
}

const kinds: ReadonlyMap<number, "records" | "mark" | "seal"> = new Map([
  [FRAME_RECORDS, "records"],
  [FRAME_MARK, "mark"],
  [FRAME_SEAL, "seal"],
]);

/** A storage that lists one file only. */
function only(storage: Storage, name: string): Storage {
  return {
    name: storage.name,
    capabilities: storage.capabilities,
    lock: () => storage.lock(),
    list: () => Promise.resolve([name]),
    create: (other, options) => storage.create(other, options),
    open: (other) => storage.open(other),
    remove: (other) => storage.remove(other),
    syncDirectory: () => storage.syncDirectory(),
  };
}
