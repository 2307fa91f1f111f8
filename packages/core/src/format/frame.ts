/**
 * The frame: what one checksum, one seal and one write cover. Every frame starts at a multiple of
 * 512 and fills its last sector with zeros. Pure bytes; docs/format.md section 2 is normative.
 *
 *   0  CRC-32 of bytes 4… (padding included), seeded with log id, segment id, epoch tag
 *   4  epoch tag u32          8  body length u32 (as stored: ciphertext and tag when sealed)
 *  12  type u8 · flags u8 · 0 u16
 *  16  record count u32      20  sequence u32 (1, 2, … in the segment; the nonce counter)
 *  24  first LSN u64         32  synced LSN u64: durable before this frame was written
 *  40  time u64 (ms)         48  body, then zeros to the end of the sector
 */
import type { Crc32 } from "../checksum.ts";
import { getU16, getU32, getU64, putU32, putU64 } from "./bytes.ts";
import { ID_BYTES, SECTOR_BYTES } from "./segment-header.ts";

export const FRAME_HEADER_BYTES = 48;
/** No frame is larger, whatever its length field says. */
export const MAX_BODY_BYTES = 0x4000_0000;

/** Frame types. Bit 7 set = a reader that does not know the type may skip the frame. */
export const FRAME_RECORDS = 1;
export const FRAME_MARK = 2;
export const FRAME_SEAL = 3;
const MAY_IGNORE = 0x80;

/** The body is ciphertext and tag. */
export const FLAG_SEALED = 1;
/** The body starts with the 16-byte identity of the frame it repeats. */
export const FLAG_CARRIED = 2;

/** What binds a frame to its segment. */
export interface FrameContext {
  readonly epoch: number;
  /** CRC state after log id, segment id and epoch tag. */
  readonly crcSeed: number;
  readonly crc32: Crc32;
}

/** A frame's header, decoded; `offset` and `size` in the file or buffer it was decoded from. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly count: number;
  readonly sequence: number;
  readonly firstLsn: number;
  readonly syncedLsn: number;
  readonly time: number;
  readonly bodyBytes: number;
  /** Whole sectors, header and padding included. */
  readonly size: number;
  readonly crc: number;
}

/** What stands at an offset. */
export type FrameOutcome =
  | { readonly kind: "frame"; readonly frame: Frame }
  /** It may be one, but more bytes are needed to tell. */
  | { readonly kind: "short"; readonly needBytes: number }
  | { readonly kind: "bad"; readonly reason: string };

/** The fields a writer chooses. */
export interface FrameFields {
  readonly type: number;
  readonly flags: number;
  readonly count: number;
  readonly sequence: number;
  readonly firstLsn: number;
  readonly syncedLsn: number;
  readonly time: number;
  readonly bodyBytes: number;
}

/** Seeds every checksum of a segment: bytes of another log, segment or life never validate. */
export function frameContext(
  place: { logId: Uint8Array; segmentId: number; epoch: number },
  crc32: Crc32,
): FrameContext {
  const seed = new Uint8Array(ID_BYTES + 12);
  seed.set(place.logId, 0);
  putU64(seed, ID_BYTES, place.segmentId);
  putU32(seed, ID_BYTES + 8, place.epoch);
  return { epoch: place.epoch, crcSeed: crc32(seed, 0), crc32 };
}

/** Bytes a frame with such a body takes on disk. */
export function frameBytes(bodyBytes: number): number {
  return Math.ceil((FRAME_HEADER_BYTES + bodyBytes) / SECTOR_BYTES) * SECTOR_BYTES;
}

/** What the header at `at` says of the body's length, unchecked. */
export function bodyBytesAt(bytes: Uint8Array, at: number): number {
  return getU32(bytes, at + 8);
}

/** Writes the header at `at`, all but the checksum. */
export function putFrameHeader(
  into: Uint8Array,
  at: number,
  epoch: number,
  fields: FrameFields,
): void {
  putU32(into, at + 4, epoch);
  putU32(into, at + 8, fields.bodyBytes);
  into[at + 12] = fields.type;
  into[at + 13] = fields.flags;
  into[at + 14] = 0;
  into[at + 15] = 0;
  putU32(into, at + 16, fields.count);
  putU32(into, at + 20, fields.sequence);
  putU64(into, at + 24, fields.firstLsn);
  putU64(into, at + 32, fields.syncedLsn);
  putU64(into, at + 40, fields.time);
}

/** Zeroes the padding and sets the checksum of the frame at `at`; returns the checksum. */
export function finishFrame(
  into: Uint8Array,
  at: number,
  bodyBytes: number,
  context: FrameContext,
): number {
  const size = frameBytes(bodyBytes);
  into.fill(0, at + FRAME_HEADER_BYTES + bodyBytes, at + size);
  const crc = context.crc32(into.subarray(at + 4, at + size), context.crcSeed);
  putU32(into, at, crc);
  return crc;
}

/**
 * Decodes what stands at `at`. `available` bytes of the buffer are valid from there; `remaining` is
 * how much the file could still hold, so that a wild length is refused before anything is allocated.
 */
export function decodeFrame(
  bytes: Uint8Array,
  at: number,
  span: { available: number; remaining: number },
  context: FrameContext,
): FrameOutcome {
  if (span.available < SECTOR_BYTES) return { kind: "short", needBytes: SECTOR_BYTES };
  if (getU32(bytes, at + 4) !== context.epoch) return { kind: "bad", reason: "no epoch tag" };
  const bodyBytes = bodyBytesAt(bytes, at);
  const size = frameBytes(bodyBytes);
  if (bodyBytes > MAX_BODY_BYTES || size > span.remaining) {
    return { kind: "bad", reason: `length ${bodyBytes} runs past the end` };
  }
  if (size > span.available) return { kind: "short", needBytes: size };
  const crc = getU32(bytes, at);
  const found = context.crc32(bytes.subarray(at + 4, at + size), context.crcSeed);
  if (crc !== found) {
    return { kind: "bad", reason: `frame CRC ${crc.toString(16)}, computed ${found.toString(16)}` };
  }
  const frame: Frame = {
    type: bytes[at + 12]!,
    flags: bytes[at + 13]!,
    count: getU32(bytes, at + 16),
    sequence: getU32(bytes, at + 20),
    firstLsn: getU64(bytes, at + 24),
    syncedLsn: getU64(bytes, at + 32),
    time: getU64(bytes, at + 40),
    bodyBytes,
    size,
    crc,
  };
  const reason = implausible(frame, getU16(bytes, at + 14));
  return reason === undefined ? { kind: "frame", frame } : { kind: "bad", reason };
}

/** True for types this version does not know but may skip. */
export function mayIgnore(frame: Frame): boolean {
  return (frame.type & MAY_IGNORE) !== 0;
}

function implausible(frame: Frame, reserved: number): string | undefined {
  const { type, flags } = frame;
  if (reserved !== 0) return "reserved bytes are not zero";
  if (type !== FRAME_RECORDS && type !== FRAME_MARK && type !== FRAME_SEAL && !mayIgnore(frame)) {
    return `unknown frame type ${type}`;
  }
  if ((flags & ~(FLAG_SEALED | FLAG_CARRIED)) !== 0) return `unknown frame flags ${flags}`;
  if ((type === FRAME_RECORDS) !== frame.count > 0) return `${frame.count} records in type ${type}`;
  if (
    frame.sequence === 0 ||
    frame.firstLsn === 0 ||
    !Number.isSafeInteger(frame.firstLsn + frame.count) ||
    frame.syncedLsn >= frame.firstLsn
  ) {
    return "fields out of range";
  }
  return undefined;
}
