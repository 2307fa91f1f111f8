/**
 * What can still be read of a damaged log, as frames for {@link importLog}. Reads only. Every segment
 * with a sound header is read to the end; where two segments hold the same LSN, the newer one is right.
 */
import type { Crc32 } from "./checksum.ts";
import type { Cipher } from "./cipher.ts";
import { WalError, asWalError, isWalError } from "./errors.ts";
import { FRAME_RECORDS } from "./format/frame.ts";
import { decodeRecords } from "./format/records.ts";
import type { LogFrame, LsnRange } from "./import-log.ts";
import { storageCrc32 } from "./inspect-log.ts";
import type { ValidSegment } from "./recovery/chain.ts";
import { type SegmentCheck, type SoundStretch, checkSegment } from "./recovery/check-segment.ts";
import type { LogFinding } from "./recovery/finding.ts";
import { walkFrames } from "./recovery/frame-walk.ts";
import { bindSegment, prepareKeys } from "./recovery/keyring.ts";
import { survey, withFile } from "./recovery/survey.ts";
import { readableSegments } from "./recovery/verify-plan.ts";
import { openBody } from "./segment/frame-body.ts";
import type { Storage } from "./storage.ts";

/** Options of {@link salvageLog}. */
export interface SalvageOptions {
  readonly cipher?: Cipher;
  readonly checksum?: Crc32;
}

/** A log as far as it can be read. Hand its parts to {@link importLog}. */
export interface SalvagedLog {
  readonly lowLsn: number;
  readonly checkpointLsn: number;
  /** The last LSN that anything in the log knows of. */
  readonly lastLsn: number;
  /** LSNs above `lowLsn` that cannot be read. */
  readonly lost: readonly LsnRange[];
  /** Where the damage is. */
  readonly findings: readonly LogFinding[];
  /** All that can be read, in order of LSNs. May be called once or more. */
  frames(): AsyncGenerator<LogFrame, void, undefined>;
}

/** A part of a stretch that nothing newer covers. */
interface Piece extends LsnRange {
  readonly stretch: SoundStretch;
}

interface Readable {
  readonly source: ValidSegment;
  readonly check: SegmentCheck;
}

/**
 * Reads a whole log and finds out what can be saved. Takes no lock.
 * @throws WalError `WAL_STORAGE`, `WAL_UNKNOWN_KEY`, `WAL_WRONG_KEY`, `WAL_PLAINTEXT`
 */
export async function salvageLog(
  storage: Storage,
  options: SalvageOptions = {},
): Promise<SalvagedLog> {
  const crc32 = options.checksum ?? storageCrc32(storage);
  const { cipher } = options;
  const found = await survey(storage, { crc32, sync: false });
  const valid = readableSegments(found);
  const findings: LogFinding[] = [];
  for (const { name: segment, state } of found.segments) {
    if (state.kind !== "bad" && state.kind !== "unsupported") continue;
    const message = `no readable header: ${state.reason}`;
    findings.push({ severity: "damage", kind: "header", segment, offset: 0, message });
  }
  await prepareKeys(
    valid.map(({ header }) => header),
    cipher,
  );
  const readable: Readable[] = [];
  for (const source of valid) {
    const check = await readSegment(storage, source, valid, { crc32, cipher }, findings);
    if (check === undefined) continue;
    readable.push({ source, check });
    const limit = authority(source, valid);
    findings.push(...check.findings.filter(({ lsn }) => lsn === undefined || lsn <= limit));
  }
  const checks = readable.map(({ check }) => check);
  const lowLsn = Math.max(0, ...checks.map((check) => check.lowLsn));
  const pieces = newestFirst(readable, valid, lowLsn);
  const lastLsn = Math.max(
    lowLsn,
    pieces.at(-1)?.to ?? 0,
    ...checks.map((check) => check.vouchedLsn),
    ...valid.map(({ header }) => Math.max(header.predecessor.cutLsn, header.firstLsn - 1)),
  );
  return {
    lowLsn,
    checkpointLsn: Math.max(lowLsn, ...checks.map((check) => check.checkpointLsn)),
    lastLsn,
    lost: complement(pieces, { from: lowLsn + 1, to: lastLsn }),
    findings,
    frames: () => piecesOf(storage, pieces),
  };
}

/**
 * From its first LSN on a newer segment is the log, whatever an older one holds there; up to where it
 * carries, the two hold the same.
 */
function authority({ header }: ValidSegment, valid: readonly ValidSegment[]): number {
  let limit = Number.MAX_SAFE_INTEGER;
  for (const { header: newer } of valid) {
    if (newer.segmentId <= header.segmentId) continue;
    limit = Math.min(limit, Math.max(newer.firstLsn - 1, newer.carriedTo));
  }
  return limit;
}

async function readSegment(
  storage: Storage,
  { name, size, header }: ValidSegment,
  valid: readonly ValidSegment[],
  keys: { crc32: Crc32; cipher: Cipher | undefined },
  findings: LogFinding[],
): Promise<SegmentCheck | undefined> {
  const successor = valid.findLast((other) => other.header.predecessor.id === header.segmentId);
  const cut = successor?.header.predecessor;
  try {
    const segment = bindSegment(header, keys);
    const options = {
      to: cut?.cutOffset ?? size,
      lastLsn: cut?.cutLsn,
      chain: cut?.chain,
      readable: true,
    };
    return await withFile(storage, name, (file) => checkSegment(file, segment, options));
  } catch (error) {
    if (!isWalError(error, "WAL_TAMPERED")) throw asWalError(error, `reading ${name}`);
    const { message } = error;
    findings.push({ severity: "damage", kind: "tampered", segment: name, offset: 0, message });
    return undefined;
  }
}

/** What to take from where: newest segments first, older ones only for what is left. By LSN. */
function newestFirst(
  readable: readonly Readable[],
  valid: readonly ValidSegment[],
  lowLsn: number,
): Piece[] {
  let pieces: Piece[] = [];
  for (const { source, check } of readable.toReversed()) {
    const limit = authority(source, valid);
    for (const stretch of check.stretches) {
      const wanted = {
        from: Math.max(stretch.firstLsn, lowLsn + 1),
        to: Math.min(stretch.lastLsn, limit),
      };
      const free = complement(pieces, wanted).map(({ from, to }) => ({ from, to, stretch }));
      pieces = [...pieces, ...free].toSorted((a, b) => a.from - b.from);
    }
  }
  return pieces;
}

/** What of `range` none of `covered` (by LSN, disjoint) covers. */
function complement(covered: readonly LsnRange[], range: LsnRange): LsnRange[] {
  const free: LsnRange[] = [];
  let { from } = range;
  for (const piece of covered) {
    if (piece.to < from) continue;
    if (piece.from > range.to) break;
    if (piece.from > from) free.push({ from, to: piece.from - 1 });
    from = piece.to + 1;
  }
  if (from <= range.to) free.push({ from, to: range.to });
  return free;
}

async function* piecesOf(
  storage: Storage,
  pieces: readonly Piece[],
): AsyncGenerator<LogFrame, void, undefined> {
  for (const { stretch, from, to } of pieces) {
    const { segment, start, end } = stretch;
    const file = await storage.open(segment.name);
    try {
      for await (const step of walkFrames(file, segment, { from: start, to: end })) {
        if (step.kind === "bad") throw changed(segment.name, step.offset);
        const { frame, offset, bytes, at } = step;
        if (frame.type !== FRAME_RECORDS) continue;
        const opened = openBody(bytes, at, frame, segment.cipher);
        if (opened.kind === "tampered") throw changed(segment.name, offset);
        const { firstLsn, count, time } = frame;
        const lastLsn = firstLsn + count - 1;
        if (firstLsn > to || lastLsn < from) continue;
        // Pieces end where frames end: a carried frame has the borders of the one it repeats.
        if (firstLsn < from || lastLsn > to) throw changed(segment.name, offset);
        const { body, identity } = opened;
        if (!decodeRecords(body, frame, { from: 1, to: 0 }, []))
          throw changed(segment.name, offset);
        yield { firstLsn, lastLsn, count, time, identity, body };
      }
    } finally {
      await file.close();
    }
  }
}

function changed(segment: string, offset: number): WalError {
  return new WalError(
    "WAL_CORRUPT",
    `segment ${segment}, offset ${offset}: not as it was when it was first read`,
    { details: { segment, offset } },
  );
}
