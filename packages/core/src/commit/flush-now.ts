/** What `wal.flush()` does, and what it counts. */
import type { FlushStats } from "../stats.ts";
import type { Flusher } from "./flusher.ts";
import type { FlusherParts } from "./flusher-parts.ts";

/** Writes everything that is pending, and syncs it unless the mode is `async`. */
export async function flushNow(
  flusher: Flusher,
  parts: Pick<FlusherParts, "writer" | "source" | "policy" | "clock">,
): Promise<FlushStats> {
  const { writer, source, policy, clock } = parts;
  flusher.gather();
  const start = { ...writer.counters, at: clock.monotonic() };
  const pending = source.pendingRecords > 0 || writer.builtLsn > writer.durableLsn;
  if (!pending) return { records: 0, bytes: 0, durationMs: 0, rotated: false };
  await flusher.drain(policy.mode !== "async");
  return {
    records: writer.counters.records - start.records,
    bytes: writer.counters.payloadBytes - start.payloadBytes,
    durationMs: clock.monotonic() - start.at,
    rotated: writer.counters.rotations > start.rotations,
  };
}
