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
  /** Those before it were admitted. */
  #first = 0;
  #admitting = false;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, maxBlockMs: number, describe: () => string) {
    this.#clock = clock;
    this.#maxBlockMs = maxBlockMs;
    this.#describe = describe;
  }

  get length(): number {
    return this.#queue.length - this.#first;
  }

  /** Queues a caller who needs `bytes`; exactly one of the two functions is called, once. Returns a withdrawal. */
  wait(bytes: number, admit: () => void, refuse: (error: Error) => void): () => void {
    const waiter = { bytes, deadline: this.#clock.monotonic() + this.#maxBlockMs, admit, refuse };
    this.#queue.push(waiter);
    this.#arm();
    return () => {
      this.#queue = this.#waiting().filter((other) => other !== waiter);
    };
  }

  /**
   * Admits from the front whoever fits now. Who is admitted may make room and get here again: that returns at
   * once, for the loop looks again at what fits; else a full queue would be as many calls deep.
   */
  admit(fits: (bytes: number) => boolean): void {
    if (this.#admitting) return;
    this.#admitting = true;
    try {
      while (this.length > 0 && fits(this.#queue[this.#first]!.bytes)) {
        this.#queue[this.#first++]!.admit();
      }
    } finally {
      this.#admitting = false;
      this.#queue = this.#waiting();
    }
    if (this.length === 0) this.#disarm();
  }

  /** Refuses everybody: the log is poisoned or closing. */
  refuseAll(error: Error): void {
    const refused = this.#waiting();
    this.#queue = [];
    this.#disarm();
    for (const waiter of refused) waiter.refuse(error);
  }

  /** Who was not admitted yet, to become the queue: from now on it begins at its front. */
  #waiting(): Waiter[] {
    const waiting = this.#first === 0 ? this.#queue : this.#queue.slice(this.#first);
    this.#first = 0;
    return waiting;
  }

  /** One timer for the oldest deadline: all waiters get the same patience, so they expire in order. */
  #arm(): void {
    const first = this.#queue[this.#first];
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
    this.#queue = this.#waiting();
    let expired = 0;
    while (expired < this.length && this.#queue[expired]!.deadline <= now) expired++;
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
