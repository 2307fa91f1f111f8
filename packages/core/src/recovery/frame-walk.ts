/**
 * Goes over everything a segment file holds: frames, and what lies between them. It judges nothing
 * and stops at nothing; inspection, verification and salvage are built on it.
 */
import { getU32, isZero } from "../format/bytes.ts";
import { FRAME_SEAL, type Frame, frameBytes } from "../format/frame.ts";
import { MAX_SEAL_BODY_BYTES } from "../format/mark.ts";
import { FRAMES_START, ID_BYTES, SECTOR_BYTES, isRecycled } from "../format/segment-header.ts";
import { FrameReader } from "../segment/frame-reader.ts";
import type { Segment } from "../segment/segment.ts";
import type { StorageFile } from "../storage.ts";

/** What stands at an offset. */
export type WalkStep =
  | {
      readonly kind: "frame";
      readonly frame: Frame;
      readonly offset: number;
      /** The frame's bytes start at `at` in this buffer, which is never written again by the walk. */
      readonly bytes: Uint8Array;
      readonly at: number;
    }
  | {
      readonly kind: "bad";
      readonly offset: number;
      readonly bytes: number;
      readonly reason: string;
      /** Space the segment never wrote: zeros, or bytes of the file it was recycled from. */
      readonly empty: boolean;
    };

/**
 * Nothing in this sector shows that the segment wrote it. In a recycled file that is every sector without the
 * segment's epoch: a torn frame leaves its first sector, or nothing to tell it by.
 */
export function isNeverWritten(sector: Uint8Array, { header, context }: Segment): boolean {
  if (!isRecycled(header) || sector.length < SECTOR_BYTES) return isZero(sector);
  return getU32(sector, 4) !== context.epoch;
}

/** Every frame with a right checksum in `[from, to)`, and every stretch without one. */
export async function* walkFrames(
  file: StorageFile,
  segment: Segment,
  range: { from?: number; to: number },
): AsyncGenerator<WalkStep, void, undefined> {
  const wanted = { from: FRAMES_START, ahead: true, ...range };
  const reader = new FrameReader(file, segment.context, wanted);
  try {
    yield* walk(reader, segment);
  } finally {
    await reader.settled();
  }
}

async function* walk(
  reader: FrameReader,
  segment: Segment,
): AsyncGenerator<WalkStep, void, undefined> {
  let bad: { offset: number; reason: string; empty: boolean } | undefined;
  for (;;) {
    const { offset } = reader;
    const found = await reader.next();
    if (bad !== undefined && (found === undefined || "frame" in found)) {
      yield { kind: "bad", ...bad, bytes: reader.offset - bad.offset };
      bad = undefined;
    }
    if (found === undefined) return;
    if ("frame" in found) {
      const { frame } = found;
      yield { kind: "frame", frame, offset, bytes: reader.block, at: reader.at };
      reader.pass(frame);
      continue;
    }
    const sector = reader.block.subarray(reader.at, reader.at + SECTOR_BYTES);
    const empty = isNeverWritten(sector, segment);
    // The reason that counts is the first one that is not about never written space.
    if (bad === undefined || (bad.empty && !empty)) {
      bad = { offset: bad?.offset ?? offset, reason: found.bad, empty };
    }
    reader.skipSector();
  }
}

/** The seal frame that ends exactly at `size`, by what is in the clear. */
export async function sealAtEnd(
  file: StorageFile,
  segment: Segment,
  size: number,
): Promise<{ offset: number; lastLsn: number } | undefined> {
  if (size % SECTOR_BYTES !== 0) return undefined;
  const first = Math.max(FRAMES_START, size - frameBytes(MAX_SEAL_BODY_BYTES + ID_BYTES));
  for (let offset = size - SECTOR_BYTES; offset >= first; offset -= SECTOR_BYTES) {
    const reader = new FrameReader(file, segment.context, { from: offset, to: size });
    const found = await reader.next();
    if (found === undefined || "bad" in found || found.frame.size !== size - offset) continue;
    const { type, firstLsn } = found.frame;
    return type === FRAME_SEAL ? { offset, lastLsn: firstLsn - 1 } : undefined;
  }
  return undefined;
}
