/** What a run costs its process: event loop delay, CPU time of all threads, memory, bytes read. */
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 1;

export class Gauges {
  readonly #idleRssKib: number;
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #cpu = process.cpuUsage();
  #startedAt = 0;

  /** To be made before the log is opened: its memory then counts as the idle process's. */
  constructor() {
    this.#idleRssKib = process.memoryUsage.rss() / 1024;
  }

  start(): void {
    this.#cpu = process.cpuUsage();
    this.#delay.enable();
    this.#delay.reset();
    this.#startedAt = performance.now();
  }

  /** Figures since {@link start}; `records` were done in that time. */
  stop(records: number): Record<string, number> {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#delay.disable();
    const peakKib = process.resourceUsage().maxRSS;
    // A loop that never turned had no chance to be late: it was blocked from start to end.
    const turned = this.#delay.count > 0;
    return {
      recordsPerSecond: records / seconds,
      cpuUsPerRecord: (user + system) / Math.max(1, records),
      loopDelayP99Ms: turned ? late(this.#delay.percentile(99)) : seconds * 1000,
      loopDelayMaxMs: turned ? late(this.#delay.max) : seconds * 1000,
      peakRssMib: peakKib / 1024,
      aboveIdleRssMib: (peakKib - this.#idleRssKib) / 1024,
    };
  }
}

/** Bytes this process has asked the operating system for with reads, or `undefined` where it does not tell. */
export function bytesRead(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const found = /^rchar: (\d+)$/mu.exec(readFileSync("/proc/self/io", "utf8"));
  return found === null ? undefined : Number(found[1]);
}

/** The monitor's values include the interval of its own timer. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
}
