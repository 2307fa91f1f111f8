/**
 * Samples what a piece of work allocates, what was collected meanwhile included: `--heap-prof` keeps
 * only what is alive at the end, and a hot path leaves nothing alive.
 */
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";

const SAMPLE_BYTES = 64 * 1024;

/** Runs `work` and writes the profile of its allocations to `path`. */
export async function withAllocations<T>(path: string, work: () => Promise<T>): Promise<T> {
  const session = new Session();
  session.connect();
  await session.post("HeapProfiler.startSampling", {
    samplingInterval: SAMPLE_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  const result = await work();
  const { profile } = await session.post("HeapProfiler.stopSampling");
  session.disconnect();
  writeFileSync(path, JSON.stringify(profile));
  return result;
}
