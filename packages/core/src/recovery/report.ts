/** What an open found, cut and why: the value behind `wal.recovery`. */

/** How much damage an open tolerates; all but `strict` are read-only. */
export type RecoveryMode = "strict" | "point-in-time" | "salvage";

/** Something worth knowing that did not stop the open. */
export interface RecoveryNote {
  readonly kind:
    | "torn-tail"
    | "carried"
    | "skipped"
    | "header-copy"
    | "stillborn"
    | "unborn"
    | "dead"
    | "stranger"
    | "damage";
  readonly segment: string;
  readonly message: string;
  readonly offset?: number;
  readonly bytes?: number;
}

/** Report of one `Wal.open`. */
export interface RecoveryReport {
  readonly mode: RecoveryMode;
  /** Records that can be read. */
  readonly records: number;
  /** Last record of the log, 0 if there never was one. */
  readonly lastLsn: number;
  /** `torn`: bytes behind the last record were cut off; nobody was ever told they are durable. */
  readonly tail: "clean" | "torn";
  /** How many bytes those are. */
  readonly tornBytes: number;
  /** Records that were valid but not vouched for, and were written again before the open returned. */
  readonly carried: number;
  /** Segments that make up the log. */
  readonly segments: number;
  readonly notes: readonly RecoveryNote[];
}

/** Records above `lowLsn` in segments or stretches in order, those that stand twice counted once. */
export function countRecords(
  segments: readonly { readonly firstLsn: number; readonly lastLsn: number }[],
  lowLsn: number,
): number {
  let last = lowLsn;
  let records = 0;
  for (const segment of segments) {
    records += Math.max(0, segment.lastLsn - Math.max(last, segment.firstLsn - 1));
    last = Math.max(last, segment.lastLsn);
  }
  return records;
}
