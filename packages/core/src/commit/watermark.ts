/**
 * The durable LSN and who waits for it. It only moves forward (I3); every waiter is answered exactly once,
 * with the watermark or with the error that ended the log.
 */
import { type AbortSignalLike, abortError } from "../signal.ts";

export interface Waiter {
  readonly lsn: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Watermark {
  /** Called after it has moved. */
  onAdvance: (() => void) | undefined;
  #value: number;
  /** By LSN, ascending; almost always in order of arrival, so a waiter is appended at the end. */
  #waiters: Waiter[] = [];

  constructor(value: number) {
    this.#value = value;
  }

  get value(): number {
    return this.#value;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /** Calls `resolve` once `lsn` is durable, unless the returned waiter is {@link withdraw}n. */
  wait(lsn: number, resolve: () => void, reject: (error: Error) => void): Waiter {
    const waiters = this.#waiters;
    const waiter = { lsn, resolve, reject };
    let at = waiters.length;
    while (at > 0 && waiters[at - 1]!.lsn > lsn) at--;
    if (at === waiters.length) waiters.push(waiter);
    else waiters.splice(at, 0, waiter);
    return waiter;
  }

  withdraw(waiter: Waiter): void {
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
  }

  /** Everything up to `lsn` is durable now. */
  advance(lsn: number): void {
    if (lsn <= this.#value) return;
    this.#value = lsn;
    if (this.#waiters.length > 0) this.#answer(lsn);
    this.onAdvance?.();
  }

  /** As a promise; `signal` withdraws. */
  whenDurable(lsn: number, signal: AbortSignalLike | undefined): Promise<void> {
    if (lsn <= this.#value) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settled = (): void => signal?.removeEventListener("abort", abort);
      const waiter = this.wait(
        lsn,
        () => {
          settled();
          resolve();
        },
        (error) => {
          settled();
          reject(error);
        },
      );
      const abort = (): void => {
        this.withdraw(waiter);
        if (signal !== undefined) reject(abortError(signal, `LSN ${lsn} may still become durable`));
      };
      if (signal?.aborted === true) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  }

  #answer(lsn: number): void {
    const waiters = this.#waiters;
    let ready = 0;
    while (ready < waiters.length && waiters[ready]!.lsn <= lsn) ready++;
    if (ready === 0) return;
    // Out of the way before anybody is answered; nearly always that is all of them.
    this.#waiters = ready === waiters.length ? [] : waiters.slice(ready);
    for (let i = 0; i < ready; i++) waiters[i]!.resolve();
  }

  /** Nothing more becomes durable: every waiter gets an error of its own LSN. */
  fail(errorFor: (lsn: number) => Error): void {
    const failed = this.#waiters;
    this.#waiters = [];
    for (const waiter of failed) waiter.reject(errorFor(waiter.lsn));
  }
}
