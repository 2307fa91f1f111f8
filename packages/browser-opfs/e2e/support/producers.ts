/** A page whose workers append to its log, and are terminated at any moment. */
import type { Page } from "playwright";
import type { FromProducer } from "./producer-worker.ts";

/** What came of it. */
export interface ProducersOutcome {
  /** Acknowledged to any worker: LSN and text. */
  readonly acknowledged: readonly (readonly [number, string])[];
  readonly failures: readonly string[];
  /** Workers that were ended in the middle. */
  readonly terminated: number;
  /** What the log's statistics call the way of the records. */
  readonly path: string;
}

/**
 * Keeps eight workers appending to the page's log `wal`; `rounds` times, when some hundred more records
 * have been acknowledged, and each of them has begun, terminates half of them and starts others. The last eight end
 * in good order.
 */
export async function workersUnderFire(tab: Page, rounds: number): Promise<ProducersOutcome> {
  return tab.evaluate(async (times) => {
    const acknowledged: (readonly [number, string])[] = [];
    const failures: string[] = [];
    const workers: Worker[] = [];
    const attached = new Set<Worker>();
    let wanted = 0;
    let reached: (() => void) | undefined;
    let stopped: (() => void) | undefined;
    let [made, left, terminated] = [0, 0, 0];
    const start = async (): Promise<void> => {
      const worker = new Worker("/producer-worker.js", { type: "module" });
      worker.addEventListener("message", ({ data }: MessageEvent<FromProducer>) => {
        if (data.kind === "failed") failures.push(data.error);
        if (data.kind === "acknowledged") {
          acknowledged.push(...data.entries);
          attached.add(worker);
        }
        if (data.kind === "stopped" && --left === 0) stopped?.();
        const isEnough = acknowledged.length >= wanted && workers.every((one) => attached.has(one));
        if (isEnough || failures.length > 0) reached?.();
      });
      workers.push(worker);
      const handle = await wal.producerHandle();
      const label = `worker ${made++}`;
      worker.postMessage({ kind: "start", handle, label }, [...handle.transfer] as Transferable[]);
    };
    for (let i = 0; i < 8; i++) await start();
    for (let round = 0; round < times; round++) {
      wanted = acknowledged.length + 400;
      await new Promise<void>((resolve) => {
        reached = resolve;
      });
      for (let i = 0; i < 4; i++) {
        const [worker] = workers.splice(Math.floor(Math.random() * workers.length), 1);
        worker?.terminate();
        terminated++;
      }
      // The places of the dead come free a moment after their death.
      while (workers.length < 8) {
        await start().catch((error: { code?: string }) => {
          workers.pop()?.terminate();
          if (error.code !== "WAL_BACKPRESSURE") throw error;
          return new Promise((resolve) => setTimeout(resolve, 10));
        });
      }
    }
    left = workers.length;
    await new Promise<void>((resolve) => {
      stopped = resolve;
      for (const worker of workers) worker.postMessage({ kind: "stop" });
    });
    for (const worker of workers) worker.terminate();
    return { acknowledged, failures, terminated, path: wal.stats().producers };
  }, rounds);
}
