/**
 * Bodies of the frames without records.
 *
 * Mark: low LSN u64 · checkpoint LSN u64. A mark vouches (by its synced LSN) for what came before it.
 * Seal: the same, then chain (16) · record frames u32 · index entries u32 · entries, each
 * LSN - first LSN u32 · offset / 512 u32. A seal ends a segment and makes it seekable.
 */
import { getU32, getU64, putU32, putU64 } from "./bytes.ts";
import { ID_BYTES, SECTOR_BYTES } from "./segment-header.ts";

export const MARK_BODY_BYTES = 16;
/** A seal holds at most so many index entries. */
export const MAX_INDEX_ENTRIES = 256;
const SEAL_FIXED_BYTES = MARK_BODY_BYTES + ID_BYTES + 8;
/** The largest body of a seal. */
export const MAX_SEAL_BODY_BYTES: number = SEAL_FIXED_BYTES + MAX_INDEX_ENTRIES * 8;

/** The retention watermarks a mark makes durable. */
export interface Mark {
  readonly lowLsn: number;
  readonly checkpointLsn: number;
}

/** The higher watermark of each kind: calls may overtake each other, no watermark moves back. */
export function higherMark(a: Mark, b: Mark): Mark {
  return {
    lowLsn: Math.max(a.lowLsn, b.lowLsn),
    checkpointLsn: Math.max(a.checkpointLsn, b.checkpointLsn),
  };
}

/** "The record with this LSN starts the frame at this offset." */
export interface IndexEntry {
  readonly lsn: number;
  readonly offset: number;
}

/** What a seal says of its segment. */
export interface Seal extends Mark {
  /** Identity of the last record frame; zeros if there is none. */
  readonly chain: Uint8Array;
  readonly recordFrames: number;
  readonly index: readonly IndexEntry[];
}

export function encodeMark(mark: Mark): Uint8Array {
  const body = new Uint8Array(MARK_BODY_BYTES);
  putU64(body, 0, mark.lowLsn);
  putU64(body, 8, mark.checkpointLsn);
  return body;
}

/** `undefined` if the bytes cannot be a mark. A seal decodes as a mark too. */
export function decodeMark(body: Uint8Array): Mark | undefined {
  if (body.length < MARK_BODY_BYTES) return undefined;
  return { lowLsn: getU64(body, 0), checkpointLsn: getU64(body, 8) };
}

export function encodeSeal(seal: Seal, firstLsn: number): Uint8Array {
  const body = new Uint8Array(SEAL_FIXED_BYTES + seal.index.length * 8);
  body.set(encodeMark(seal), 0);
  body.set(seal.chain, MARK_BODY_BYTES);
  putU32(body, MARK_BODY_BYTES + ID_BYTES, seal.recordFrames);
  putU32(body, MARK_BODY_BYTES + ID_BYTES + 4, seal.index.length);
  let at = SEAL_FIXED_BYTES;
  for (const entry of seal.index) {
    putU32(body, at, entry.lsn - firstLsn);
    putU32(body, at + 4, entry.offset / SECTOR_BYTES);
    at += 8;
  }
  return body;
}

/** `undefined` if the bytes cannot be a seal. */
export function decodeSeal(body: Uint8Array, firstLsn: number): Seal | undefined {
  const mark = decodeMark(body);
  if (mark === undefined || body.length < SEAL_FIXED_BYTES) return undefined;
  const entries = getU32(body, MARK_BODY_BYTES + ID_BYTES + 4);
  if (entries > MAX_INDEX_ENTRIES || body.length !== SEAL_FIXED_BYTES + entries * 8)
    return undefined;
  const index: IndexEntry[] = [];
  for (let i = 0; i < entries; i++) {
    const at = SEAL_FIXED_BYTES + i * 8;
    index.push({
      lsn: firstLsn + getU32(body, at),
      offset: getU32(body, at + 4) * SECTOR_BYTES,
    });
  }
  return {
    ...mark,
    chain: body.slice(MARK_BODY_BYTES, MARK_BODY_BYTES + ID_BYTES),
    recordFrames: getU32(body, MARK_BODY_BYTES + ID_BYTES),
    index,
  };
}
