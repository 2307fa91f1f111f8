/** How many records a log holds: its LSN range without what is retired and without recorded gaps. */
import type { LogInspection } from "@stria/core/inspect";

export function recordCount({ segments, firstLsn, lastLsn }: LogInspection): number {
  return segments.reduce((sum, segment) => {
    if (segment.usedBytes === 0 || segment.firstLsn === undefined) return sum;
    const from = Math.max(firstLsn, segment.firstLsn);
    const to = Math.min(lastLsn, segment.lastLsn ?? 0);
    return sum + Math.max(0, to - from + 1);
  }, 0);
}
