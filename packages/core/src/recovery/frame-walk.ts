/**
 * Goes over everything a segment file holds: frames, and what lies between them. It judges nothing
 * and stops at nothing; inspection, verification and salvage are built on it.
 */
import { isZero } from "../format/bytes.ts";
import type { Frame } from "../format/frame.ts";
import { FRAMES_START, SECTOR_BYTES } from "../format/segment-header.ts";
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
      /** All zeros: space that was never written. */
      readonly empty: boolean;
    };

/** Every frame with a right checksum in `[from, to)`, and every stretch without one. */
export async function* walkFrames(
  file: StorageFile,
  segment: Segment,
  range: { from?: number; to: number },
): AsyncGenerator<WalkStep, void, undefined> {
  const reader = new FrameReader(file, segment.context, { from: FRAMES_START, ...range });
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
    const empty = isZero(sector);
    // The reason that counts is the first one that is not about never written space.
    if (bad === undefined || (bad.empty && !empty)) {
      bad = { offset: bad?.offset ?? offset, reason: found.bad, empty };
    }
    reader.skipSector();
  }
}
