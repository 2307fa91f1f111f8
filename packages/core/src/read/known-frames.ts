/**
 * What `get` has learnt of the frames it has checked: where they stand, and of large plain ones a checksum of each
 * piece and the first record in it. The next record of such a frame costs a read of its pieces, not of the whole
 * frame, and its bytes are checked all the same. Sealed frames open as a whole only: of those the place is known.
 */
import type { Crc32 } from "../checksum.ts";
import { getU32 } from "../format/bytes.ts";
import type { Frame } from "../format/frame.ts";
import { RECORD_PREFIX_BYTES } from "../format/records.ts";
import type { Segment } from "../segment/segment.ts";

const PIECE_BYTES = 4096;
/** A frame is worth pieces from so many on. */
const LEAST_PIECES = 3;
/** All that is known takes no more memory than this (I8). */
const LIMIT_BYTES = 4 * 1024 * 1024;
/** About what a frame without pieces takes, and a piece. */
const FRAME_COST = 160;
const PIECE_COST = 12;

/** A frame that was found sound. */
export interface KnownFrame {
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly offset: number;
  /** Whole sectors, header and padding included. */
  readonly size: number;
  readonly time: number;
  /** Where in the file the body starts. */
  readonly bodyAt: number;
  readonly pieces: Pieces | undefined;
}

export class KnownFrames {
  /** By LSN, ascending; the segment learnt of first is forgotten first. */
  readonly #frames = new Map<Segment, KnownFrame[]>();
  #cost = 0;

  /** The last frame known to start at or below `lsn`. */
  floor(segment: Segment, lsn: number): KnownFrame | undefined {
    const frames = this.#frames.get(segment);
    return frames?.[above(frames, lsn) - 1];
  }

  /** A frame was read and is sound; `body` is its plain body, which stands at `bodyAt` unless it is sealed. */
  learn(
    segment: Segment,
    frame: Frame,
    body: Uint8Array,
    place: { offset: number; bodyAt: number },
  ): void {
    const frames = this.#frames.get(segment) ?? [];
    const at = above(frames, frame.firstLsn);
    if (frames[at - 1]?.firstLsn === frame.firstLsn) return;
    const isLarge = body.length >= LEAST_PIECES * PIECE_BYTES && segment.cipher === undefined;
    const pieces = isLarge ? new Pieces(body, segment.context.crc32) : undefined;
    const { firstLsn, count, size, time } = frame;
    const known = { firstLsn, lastLsn: firstLsn + count - 1, size, time, ...place, pieces };
    this.#makeRoom(cost(known));
    frames.splice(at, 0, known);
    this.#frames.set(segment, frames);
  }

  #makeRoom(bytes: number): void {
    this.#cost += bytes;
    for (const [segment, frames] of this.#frames) {
      if (this.#cost <= LIMIT_BYTES) return;
      for (const frame of frames.splice(0)) this.#cost -= cost(frame);
      this.#frames.delete(segment);
    }
  }
}

/** Checksums of a body's pieces, and where its records start. */
export class Pieces {
  readonly #crc32: Crc32;
  readonly #bodyBytes: number;
  readonly #sums: Uint32Array;
  /** Index and place of the first record that starts in each piece or behind it. */
  readonly #records: Uint32Array;
  readonly #starts: Uint32Array;

  constructor(body: Uint8Array, crc32: Crc32) {
    this.#crc32 = crc32;
    this.#bodyBytes = body.length;
    const count = Math.ceil(body.length / PIECE_BYTES);
    this.#sums = new Uint32Array(count);
    this.#records = new Uint32Array(count);
    this.#starts = new Uint32Array(count);
    let record = 0;
    let start = 0;
    for (let piece = 0; piece < count; piece++) {
      const from = piece * PIECE_BYTES;
      this.#sums[piece] = crc32(body.subarray(from, from + PIECE_BYTES), 0);
      for (; start < from; record++) start += RECORD_PREFIX_BYTES + getU32(body, start);
      this.#records[piece] = record;
      this.#starts[piece] = start;
    }
  }

  get count(): number {
    return this.#sums.length;
  }

  /** The bytes of the body that hold the whole record `index`: whole pieces. */
  span(index: number): { from: number; to: number } {
    const piece = above(this.#records, index) - 1;
    const next = this.#starts[piece + 1] ?? this.#bodyBytes;
    const to = Math.ceil(next / PIECE_BYTES) * PIECE_BYTES;
    return { from: piece * PIECE_BYTES, to: Math.min(to, this.#bodyBytes) };
  }

  /** The record's payload, copied out of `bytes` of its span; `undefined` if they are not what was checked. */
  payload(index: number, bytes: Uint8Array): Uint8Array | undefined {
    const piece = above(this.#records, index) - 1;
    for (let at = 0, sum = piece; at < bytes.length; at += PIECE_BYTES, sum++) {
      if (this.#crc32(bytes.subarray(at, at + PIECE_BYTES), 0) !== this.#sums[sum])
        return undefined;
    }
    let start = this.#starts[piece]! - piece * PIECE_BYTES;
    for (let before = this.#records[piece]!; before < index; before++) {
      start += RECORD_PREFIX_BYTES + getU32(bytes, start);
    }
    const from = start + RECORD_PREFIX_BYTES;
    return bytes.slice(from, from + getU32(bytes, start));
  }
}

function cost({ pieces }: KnownFrame): number {
  return FRAME_COST + (pieces === undefined ? 0 : pieces.count * PIECE_COST);
}

/** How many of the ascending values are at or below `limit`. */
function above(values: Uint32Array | readonly KnownFrame[], limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = values[middle]!;
    if ((typeof value === "number" ? value : value.firstLsn) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
