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

/** Frames that are written and not yet durable; copied only while somebody listens. */
export class CommittedFrames {
  onCommitted: ((frames: readonly CommittedFrame[]) => void) | undefined;
  #waiting: CommittedFrame[] = [];

  /** Copies what the writer has built and not yet written. */
  collect(writer: SegmentWriter): void {
    if (this.onCommitted !== undefined) this.#waiting.push(...copyFrames(writer));
  }

  /** Everything collected is durable now. */
  announce(): void {
    const frames = this.#waiting;
    if (frames.length === 0) return;
    this.#waiting = [];
    this.onCommitted?.(frames);
  }
}

function copyFrames(writer: SegmentWriter): CommittedFrame[] {
  return writer.group.map((frame) => ({
    segment: writer.segment.name,
    offset: frame.offset,
    firstLsn: frame.firstLsn,
    lastLsn: frame.lastLsn,
    bytes: writer.groupBytes(frame).slice(),
  }));
}
