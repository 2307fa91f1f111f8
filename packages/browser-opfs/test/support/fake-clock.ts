/**
 * Time that passes only when somebody waits for it: a timer's moment comes as soon as nothing else is
 * left to do. No test ever sleeps.
 */
import type { Clock } from "@stria/core";

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

export class FakeClock implements Clock {
  #passedMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return 1_800_000_000_000 + this.#passedMs;
  }

  monotonic(): number {
    return this.#passedMs;
  }

  advance(ms: number): void {
    this.#passedMs += ms;
  }

  timer(run: () => void, delayMs: number): () => void {
    const timer = { due: this.#passedMs + delayMs, run };
    this.#timers.add(timer);
    setTimeout(() => this.#runNext(), 0);
    return () => this.#timers.delete(timer);
  }

  #runNext(): void {
    const [next] = [...this.#timers].toSorted((one, other) => one.due - other.due);
    if (next === undefined) return;
    this.#timers.delete(next);
    this.#passedMs = Math.max(this.#passedMs, next.due);
    next.run();
  }
}
