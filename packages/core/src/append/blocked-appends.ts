/**
 * Appends of a producer that wait for room in its stripe, first come first served, until a deadline.
 * Their bytes have been copied. An entry of which a piece is in the ring can no longer be given up:
 * it has no deadline, and an abort only stops the wait.
 */
import type { Clock } from "../clock.ts";
import { type AbortSignalLike, abortError, whenAborted } from "../signal.ts";
import type { PublishPlan } from "./publisher.ts";

/** One append; exactly one of the two functions is called, once. */
export interface BlockedAppend {
  readonly plan: PublishPlan;
  readonly published: () => void;
  readonly refuse: (error: Error) => void;
}

interface Queued extends BlockedAppend {
  readonly deadline: number;
}

export interface BlockedOptions {
  readonly clock: Clock;
  readonly maxBlockMs: number;
  readonly tooLate: () => Error;
  /** Called when one has gone without being published: others may follow. */
  readonly onGone: () => void;
}

export class BlockedAppends {
  readonly #options: BlockedOptions;
  #queue: Queued[] = [];
  #cancelTimer: (() => void) | undefined;
  #whenEmpty: (() => void)[] = [];

  constructor(options: BlockedOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Queues an append whose signal has not fired. */
  push(append: BlockedAppend, signal: AbortSignalLike | undefined): void {
    const { clock, maxBlockMs } = this.#options;
    const deadline = clock.monotonic() + maxBlockMs;
    const queued: Queued = {
      plan: append.plan,
      deadline,
      published: () => {
        forget();
        append.published();
      },
      refuse: (error) => {
        forget();
        append.refuse(error);
      },
    };
    this.#queue.push(queued);
    const forget = whenAborted(signal, () => {
      const isOut = this.#withdraw(queued);
      const outcome = isOut ? "nothing was appended" : "the record may still become durable";
      append.refuse(abortError(signal!, outcome));
      this.#options.onGone();
    });
    this.#arm();
  }

  /** Publishes from the front whatever there is room for now. */
  proceed(): void {
    // Taken out before it is told: telling may lead back here.
    while (this.#queue[0]?.plan.step() === true) {
      this.#queue.shift()!.published();
      this.#left();
    }
  }

  /** Refuses those that have not begun, or, with `begun`, all. */
  refuse(error: () => Error, options: { readonly begun: boolean }): void {
    this.#refuse(({ plan }) => options.begun || !plan.begun, error);
  }

  /** Resolves when nobody waits. */
  async empty(): Promise<void> {
    if (this.#queue.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty.push(resolve);
    });
  }

  #refuse(chosen: (queued: Queued) => boolean, error: () => Error): void {
    const refused = this.#queue.filter(chosen);
    if (refused.length === 0) return;
    this.#queue = this.#queue.filter((queued) => !chosen(queued));
    for (const queued of refused) queued.refuse(error());
    this.#left();
  }

  /** Takes one out of the queue; false if it has begun. */
  #withdraw(queued: Queued): boolean {
    const at = this.#queue.indexOf(queued);
    if (at < 0 || queued.plan.begun) return false;
    this.#queue.splice(at, 1);
    this.#left();
    return true;
  }

  #left(): void {
    if (this.#queue.length > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /** One timer for the oldest deadline: everybody has the same patience, so they expire in order. */
  #arm(): void {
    const next = this.#queue.find(({ plan }) => !plan.begun);
    if (next === undefined || this.#cancelTimer !== undefined) return;
    const { clock } = this.#options;
    const delay = Math.max(0, next.deadline - clock.monotonic());
    this.#cancelTimer = clock.timer(() => this.#expire(), delay);
  }

  #expire(): void {
    this.#cancelTimer = undefined;
    const { clock, tooLate, onGone } = this.#options;
    const now = clock.monotonic();
    this.#refuse(({ plan, deadline }) => deadline <= now && !plan.begun, tooLate);
    this.#arm();
    onGone();
  }
}
