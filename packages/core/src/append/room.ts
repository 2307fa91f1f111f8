/**
 * Backpressure (I8): who waits for room in a stripe, first come first served, until a deadline. Everything
 * that waits has been copied, so the caller may reuse its bytes at once.
 */
import type { Clock } from "../clock.ts";
import { WalError } from "../errors.ts";

interface Waiter {
  readonly bytes: number;
  readonly deadline: number;
  readonly admit: () => void;
  readonly refuse: (error: Error) => void;
}

/** The queue in front of a full stripe. */
export class RoomQueue {
  readonly #clock: Clock;
  readonly #maxBlockMs: number;
  readonly #describe: () => string;
  #queue: Waiter[] = [];
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, maxBlockMs: number, describe: () => string) {
    this.#clock = clock;
    this.#maxBlockMs = maxBlockMs;
    this.#describe = describe;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Queues a caller who needs `bytes`; exactly one of the two functions is called, once. Returns a withdrawal. */
  wait(bytes: number, admit: () => void, refuse: (error: Error) => void): () => void {
    const waiter = { bytes, deadline: this.#clock.monotonic() + this.#maxBlockMs, admit, refuse };
    this.#queue.push(waiter);
    this.#arm();
    return () => {
      this.#queue = this.#queue.filter((other) => other !== waiter);
    };
  }

  /** Admits from the front whoever fits now. Who is admitted may make room, and get here again. */
  admit(fits: (bytes: number) => boolean): void {
    while (this.#queue.length > 0 && fits(this.#queue[0]!.bytes)) this.#queue.shift()!.admit();
    if (this.#queue.length === 0) this.#disarm();
  }

  /** Refuses everybody: the log is poisoned or closing. */
  refuseAll(error: Error): void {
    const refused = this.#queue;
    this.#queue = [];
    this.#disarm();
    for (const waiter of refused) waiter.refuse(error);
  }

  /** One timer for the oldest deadline: all waiters get the same patience, so they expire in order. */
  #arm(): void {
    const first = this.#queue[0];
    if (first === undefined || this.#cancelTimer !== undefined) return;
    const delay = Math.max(0, first.deadline - this.#clock.monotonic());
    this.#cancelTimer = this.#clock.timer(() => this.#expire(), delay);
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #expire(): void {
    this.#cancelTimer = undefined;
    const now = this.#clock.monotonic();
    let expired = 0;
    while (expired < this.#queue.length && this.#queue[expired]!.deadline <= now) expired++;
    for (const waiter of this.#queue.splice(0, expired))
      waiter.refuse(backpressure(this.#describe()));
    this.#arm();
  }
}

/** "No room", saying what is full and who should have drained it. */
export function backpressure(state: string): WalError {
  return new WalError("WAL_BACKPRESSURE", `no room for the record: ${state}`, {
    details: { outcome: "not-written" },
  });
}
