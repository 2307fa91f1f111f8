/**
 * The segment header: one 512-byte sector, kept twice (at 0 and at 4096) so that one damaged block
 * does not cost the segment. Frames start at 8192. Pure bytes; docs/format.md section 1 is normative.
 *
 *   0  "STRIAWAL"            8  version u16 · must-understand u16 · may-ignore u16 · suite u8 · 0 u8
 *  16  log id (16)          32  segment id u64 · epoch tag u32 · 0 u32
 *  48  first LSN u64        56  carried to u64
 *  64  predecessor: id u64 · cut LSN u64 · cut offset u64 · chain (16)
 * 104  low LSN u64         112  checkpoint LSN u64
 * 120  gap: last LSN kept   128  created u64
 * 136  durable LSN u64      144  key id (16) · salt (32) · commitment (32) · tag (16)
 * 240  0 …                 508  CRC-32 of bytes 0-507
 */
import type { Crc32 } from "../checksum.ts";
import type { CipherHeader } from "../cipher.ts";
import { getU16, getU32, getU64, isZero, putU16, putU32, putU64 } from "./bytes.ts";

/** Everything is a multiple of this: no synced sector is ever written again. */
export const SECTOR_BYTES = 512;
/** Offsets of the two copies of the header. */
export const HEADER_COPIES: readonly number[] = [0, 4096];
/** Offset of the first frame. */
export const FRAMES_START = 8192;
/** The format this code writes, and the newest it reads. */
export const FORMAT_VERSION = 1;
/** Length of log ids, chain values and tags. */
export const ID_BYTES = 16;

/** Offset and length of the header's authentication tag; the tag covers all bytes before it. */
export const HEADER_TAG_AT = 224;

const MAGIC = Uint8Array.from("STRIAWAL", (letter) => letter.charCodeAt(0));
const FLAG_SEALED = 1;
/** Among the flags to ignore: whoever does takes stale bytes behind the last frame for a torn tail. */
export const FLAG_RECYCLED = 1;
const SUITE_AT = 14;
const CRC_AT = SECTOR_BYTES - 4;

/** Where the log stood when the segment was born. */
export interface Predecessor {
  /** Segment that holds the last vouched record; 0 = none, this is where the log begins. */
  readonly id: number;
  /** Last LSN of the log before this segment. */
  readonly cutLsn: number;
  /** Frames of the predecessor end here; whatever follows is not part of the log. */
  readonly cutOffset: number;
  /** Identity of the predecessor's last record frame before the cut (16 bytes). */
  readonly chain: Uint8Array;
}

/** A decoded header. */
export interface SegmentHeader {
  readonly logId: Uint8Array;
  readonly segmentId: number;
  /** Random, not zero: stale bytes of a former life of the same space never validate. */
  readonly epoch: number;
  readonly firstLsn: number;
  /** Up to here the segment repeats its predecessor's records; 0 = it repeats none. */
  readonly carriedTo: number;
  readonly predecessor: Predecessor;
  /**
   * Everything up to here was durable when the segment was born. It vouches for older segments, so that
   * a damaged carry can never pass for one that a crash interrupted.
   */
  readonly durableLsn: number;
  /** Everything at or below is retired, whether its files exist or not. */
  readonly lowLsn: number;
  readonly checkpointLsn: number;
  /** After a salvage: the last LSN kept before a recorded gap that ends at `firstLsn`; 0 = dense. */
  readonly gapAfter: number;
  /** Milliseconds since 1970; informative. */
  readonly created: number;
  /** Flags that may be ignored; kept as they are, because the tag covers them. */
  readonly mayIgnore: number;
  /** `undefined` = plaintext. */
  readonly cipher: CipherHeader | undefined;
  /** Authenticates all of the above when there is a cipher; zeros otherwise. */
  readonly tag: Uint8Array;
}

/** Behind the frames may stand bytes of another segment, whose space this one was given. */
export function isRecycled(header: SegmentHeader): boolean {
  return (header.mayIgnore & FLAG_RECYCLED) !== 0;
}

/** What a header sector turned out to be. */
export type HeaderOutcome =
  | { readonly kind: "header"; readonly header: SegmentHeader }
  | { readonly kind: "unsupported"; readonly reason: string }
  | { readonly kind: "bad"; readonly reason: string };

/** Encodes all but the tag and the CRC; {@link finishHeader} completes the sector. */
export function encodeHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SECTOR_BYTES);
  bytes.set(MAGIC, 0);
  putU16(bytes, 8, FORMAT_VERSION);
  putU16(bytes, 10, header.cipher === undefined ? 0 : FLAG_SEALED);
  putU16(bytes, 12, header.mayIgnore);
  bytes.set(header.logId, 16);
  putU64(bytes, 32, header.segmentId);
  putU32(bytes, 40, header.epoch);
  putU64(bytes, 48, header.firstLsn);
  putU64(bytes, 56, header.carriedTo);
  putU64(bytes, 64, header.predecessor.id);
  putU64(bytes, 72, header.predecessor.cutLsn);
  putU64(bytes, 80, header.predecessor.cutOffset);
  bytes.set(header.predecessor.chain, 88);
  putU64(bytes, 104, header.lowLsn);
  putU64(bytes, 112, header.checkpointLsn);
  putU64(bytes, 120, header.gapAfter);
  putU64(bytes, 128, header.created);
  putU64(bytes, 136, header.durableLsn);
  if (header.cipher !== undefined) {
    bytes[SUITE_AT] = header.cipher.suite;
    bytes.set(header.cipher.keyId, 144);
    bytes.set(header.cipher.salt, 160);
    bytes.set(header.cipher.commitment, 192);
  }
  return bytes;
}

/** Sets the tag (16 bytes, zeros for plaintext) and the checksum. */
export function finishHeader(sector: Uint8Array, tag: Uint8Array, crc32: Crc32): void {
  sector.set(tag, HEADER_TAG_AT);
  putU32(sector, CRC_AT, crc32(sector.subarray(0, CRC_AT), 0));
}

/** Decodes one copy. Magic, version and the sector's CRC stay where they are in every future version. */
export function decodeHeader(sector: Uint8Array, crc32: Crc32): HeaderOutcome {
  if (sector.length < SECTOR_BYTES) {
    return { kind: "bad", reason: `${sector.length} of ${SECTOR_BYTES} bytes are there` };
  }
  for (let i = 0; i < MAGIC.length; i++) {
    if (sector[i] !== MAGIC[i]) return { kind: "bad", reason: "no magic" };
  }
  const version = getU16(sector, 8);
  const expected = getU32(sector, CRC_AT);
  const found = crc32(sector.subarray(0, CRC_AT), 0);
  if (version > FORMAT_VERSION) {
    return { kind: "unsupported", reason: `format version ${version}, this is ${FORMAT_VERSION}` };
  }
  if (expected !== found) {
    return {
      kind: "bad",
      reason: `header CRC ${expected.toString(16)}, computed ${found.toString(16)}`,
    };
  }
  const flags = getU16(sector, 10);
  if (version === 0) return { kind: "bad", reason: "format version 0" };
  if ((flags & ~FLAG_SEALED) !== 0) {
    return { kind: "unsupported", reason: `must-understand flags ${flags.toString(16)}` };
  }
  const header = fields(sector, (flags & FLAG_SEALED) !== 0);
  return plausible(header)
    ? { kind: "header", header }
    : { kind: "bad", reason: "fields out of range" };
}

function fields(sector: Uint8Array, sealed: boolean): SegmentHeader {
  return {
    logId: sector.slice(16, 32),
    segmentId: getU64(sector, 32),
    epoch: getU32(sector, 40),
    firstLsn: getU64(sector, 48),
    carriedTo: getU64(sector, 56),
    predecessor: {
      id: getU64(sector, 64),
      cutLsn: getU64(sector, 72),
      cutOffset: getU64(sector, 80),
      chain: sector.slice(88, 104),
    },
    lowLsn: getU64(sector, 104),
    checkpointLsn: getU64(sector, 112),
    gapAfter: getU64(sector, 120),
    created: getU64(sector, 128),
    durableLsn: getU64(sector, 136),
    mayIgnore: getU16(sector, 12),
    cipher: sealed
      ? {
          suite: sector[SUITE_AT]!,
          keyId: sector.slice(144, 160),
          salt: sector.slice(160, 192),
          commitment: sector.slice(192, 224),
        }
      : undefined,
    tag: sector.slice(HEADER_TAG_AT, HEADER_TAG_AT + ID_BYTES),
  };
}

/** A checksum cannot catch a writer's bug: numbers that cannot be true are refused here (pair assertion). */
function plausible(header: SegmentHeader): boolean {
  const { predecessor } = header;
  const numbers = [
    header.segmentId,
    header.firstLsn,
    header.carriedTo,
    predecessor.id,
    predecessor.cutLsn,
    predecessor.cutOffset,
    header.lowLsn,
    header.checkpointLsn,
    header.gapAfter,
    header.created,
    header.durableLsn,
  ];
  return (
    numbers.every((n) => Number.isSafeInteger(n)) &&
    header.segmentId > 0 &&
    header.epoch !== 0 &&
    header.firstLsn > 0 &&
    predecessor.id < header.segmentId &&
    header.lowLsn <= header.checkpointLsn &&
    predecessor.cutLsn < header.firstLsn &&
    (header.carriedTo === 0 || header.carriedTo >= header.firstLsn) &&
    (header.gapAfter === 0
      ? predecessor.id === 0 || predecessor.cutLsn === header.firstLsn - 1
      : header.gapAfter < header.firstLsn - 1 && header.gapAfter === predecessor.cutLsn) &&
    !isZero(header.logId)
  );
}
