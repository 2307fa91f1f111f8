/** A frame on its way to whoever listens: copied before the write, handed out after the sync. */
import type { SegmentWriter } from "../segment/segment-writer.ts";

/** A committed frame: self-describing, checksummed, in LSN order; the unit of replication. */
export interface CommittedFrame {
  readonly segment: string;
  readonly offset: number;
  readonly firstLsn: number;
  readonly lastLsn: number;
  /** The frame as it stands on disk; yours to keep. */
  readonly bytes: Uint8Array;
}

/** Copies of the frames the writer has built and not yet written. */
export function copyFrames(writer: SegmentWriter): CommittedFrame[] {
  return writer.group.map((frame) => ({
    segment: writer.segment.name,
    offset: frame.offset,
    firstLsn: frame.firstLsn,
    lastLsn: frame.lastLsn,
    bytes: writer.groupBytes(frame).slice(),
  }));
}
