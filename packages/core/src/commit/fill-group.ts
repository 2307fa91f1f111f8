/** Takes what waits in the stripes into frames: the next group of one segment, or more of it. */
import type { Sequencer } from "../append/sequencer.ts";
import type { SegmentWriter } from "../segment/segment-writer.ts";
import type { Built } from "./write-counters.ts";

/** A group is cut into several writes beyond this: while one is written, the next one is built. */
export const MAX_GROUP_BYTES: number = 2 * 1024 * 1024;

/** How a group is filled. */
export interface Filling {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** What the frames vouch for: durable when they are written. */
  readonly syncedLsn: number;
  /** Records beyond this begin a new frame. */
  readonly frameBytes: number;
  /** Goes on only while so many bytes wait. */
  readonly least: number;
}

/** Adds frames until nothing waits, the segment is full or the group is large enough; the first one goes in always. */
export function fillGroup(
  writer: SegmentWriter,
  source: Sequencer,
  { time, syncedLsn, frameBytes, least }: Filling,
  built: Built,
): void {
  for (;;) {
    const room = writer.room();
    const next = source.nextBytes();
    const { builtBytes } = writer;
    if (next === undefined || source.pendingBytes < least) return;
    if (builtBytes > 0 && (next > room || builtBytes > MAX_GROUP_BYTES)) return;
    const pieces = source.run(Math.min(frameBytes, room));
    writer.addRecords(
      {
        count: pieces.records,
        firstLsn: writer.builtLsn + 1,
        time,
        bodyBytes: pieces.bytes,
        fill: (into, at) => source.drain(pieces, into, at),
      },
      syncedLsn,
    );
    built.records += pieces.records;
    built.payloadBytes += pieces.bytes;
  }
}
