/** What the charts show: a minute of figures, four points a second, made from what the workers have measured. */
import { signal } from "@preact/signals";
import type { ProducerNews, Pulse } from "../../worker/protocol.ts";

/** Milliseconds from one point to the next. */
export const pointMs = 250;
const points = 240;

/** One moment. */
export interface Point {
  readonly at: number;
  readonly perSecond: number;
  readonly group: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
}

/** Collects what happens between two points. */
export class Series {
  readonly points = signal<readonly Point[]>([]);
  readonly latest = signal<Point | undefined>(undefined);
  #durable = 0;
  #latencies: Float64Array[] = [];
  #first: Pulse | undefined;
  #last: Pulse | undefined;
  #since = performance.now();

  produced({ durable, latencies }: ProducerNews): void {
    this.#durable += durable;
    if (latencies.length > 0) this.#latencies.push(latencies);
  }

  pulse(pulse: Pulse): void {
    this.#first ??= pulse;
    this.#last = pulse;
  }

  /** The log was opened anew: its counters start at 0. */
  reopened(): void {
    this.#first = undefined;
    this.#last = undefined;
  }

  /** Makes a point of what came since the last one. */
  tick(): void {
    const now = performance.now();
    const seconds = (now - this.#since) / 1000;
    const groups = (this.#last?.stats.flushes ?? 0) - (this.#first?.stats.flushes ?? 0);
    const records = (this.#last?.stats.durable ?? 0) - (this.#first?.stats.durable ?? 0);
    const sorted = Float64Array.from(this.#latencies.flatMap((block) => [...block])).toSorted();
    const point: Point = {
      at: now / 1000,
      perSecond: this.#durable / seconds,
      group: groups > 0 ? records / groups : null,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
    };
    this.points.value = [...this.points.value, point].slice(-points);
    this.latest.value = point;
    this.#durable = 0;
    this.#latencies = [];
    this.#first = this.#last;
    this.#since = now;
  }
}

function quantile(sorted: Float64Array, share: number): number | null {
  return sorted.length === 0 ? null : sorted[Math.floor((sorted.length - 1) * share)]!;
}
