/** A frame before it is written, and as it was written. */

/** A body to frame: `fill` writes `bodyBytes` bytes at the place it is given. */
export interface FrameSource {
  readonly count: number;
  readonly firstLsn: number;
  readonly time: number;
  readonly bodyBytes: number;
  /** Identity of the frame this one repeats. */
  readonly repeats?: Uint8Array;
  readonly fill: (into: Uint8Array, at: number) => void;
}

/** A frame as it was written; the unit of replication. */
export interface WrittenFrame {
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly offset: number;
  readonly size: number;
}
