/**
 * Who waits at a producer for an entry to be numbered, or to be durable: a queue by entry. Everybody
 * is answered exactly once. It knows nothing of shared memory.
 */

import { type AbortSignalLike, abortError, whenAborted } from "../signal.ts";

/** One caller; exactly one of the two functions is called, once. */
export interface Caller {
  /** Gets the LSN of the entry's last record. */
  readonly resolve: (lsn: number) => void;
  readonly reject: (error: Error) => void;
}

interface EntryWaiter {
  readonly entry: number;
  readonly resolve: (lsn: number) => void;
  readonly reject: (error: Error) => void;
}

export class EntryWaiters {
  readonly #lsnOf: (entry: number) => number;
  readonly #onGone: () => void;
  /** By entry, ascending; almost always in order of arrival. */
  #waiters: EntryWaiter[] = [];
  /** Answered ones at the front, cut off now and then. */
  #done = 0;

  /** `onGone` is called when one has stopped waiting. */
  constructor(lsnOf: (entry: number) => number, onGone: () => void) {
    this.#lsnOf = lsnOf;
    this.#onGone = onGone;
  }

  get size(): number {
    return this.#waiters.length - this.#done;
  }

  /** Calls back when `entry` is reached; an abort of `signal` stops the wait. */
  wait(entry: number, caller: Caller, signal: AbortSignalLike | undefined): void {
    const { resolve, reject } = caller;
    if (signal === undefined) {
      this.add(entry, resolve, reject);
      return;
    }
    const waiter = {
      entry,
      resolve: (lsn: number) => {
        forget();
        resolve(lsn);
      },
      reject: (error: Error) => {
        forget();
        reject(error);
      },
    };
    this.#add(waiter);
    const forget = whenAborted(signal, () => {
      this.#remove(waiter);
      reject(abortError(signal, "the record may still become durable"));
      this.#onGone();
    });
  }

  /** As {@link wait} without a signal: one object and no closure, since most of what waits is young garbage soon. */
  add(entry: number, resolve: (lsn: number) => void, reject: (error: Error) => void): void {
    this.#add({ entry, resolve, reject });
  }

  /** Answers everybody up to `entry`. */
  answer(entry: number): void {
    const waiters = this.#waiters;
    while (this.#done < waiters.length && waiters[this.#done]!.entry <= entry) {
      const waiter = waiters[this.#done++]!;
      waiter.resolve(this.#lsnOf(waiter.entry));
    }
    if (this.#done * 2 >= waiters.length) {
      this.#waiters = waiters.slice(this.#done);
      this.#done = 0;
    }
  }

  /** Nobody else will be answered. */
  fail(errorFor: (entry: number) => Error): void {
    const failed = this.#waiters.slice(this.#done);
    this.#waiters = [];
    this.#done = 0;
    for (const waiter of failed) waiter.reject(errorFor(waiter.entry));
  }

  #add(waiter: EntryWaiter): void {
    let at = this.#waiters.length;
    while (at > this.#done && this.#waiters[at - 1]!.entry > waiter.entry) at--;
    if (at === this.#waiters.length) this.#waiters.push(waiter);
    else this.#waiters.splice(at, 0, waiter);
  }

  #remove(waiter: EntryWaiter): void {
    const at = this.#waiters.indexOf(waiter, this.#done);
    if (at >= 0) this.#waiters.splice(at, 1);
  }
}
