/**
 * The durable LSN and who waits for it. It only moves forward (I3); every waiter is answered exactly once,
 * with the watermark or with the error that ended the log.
 */
import { type AbortSignalLike, abortError } from "../signal.ts";

interface Waiter {
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

  /** Calls `resolve` once `lsn` is durable. Returns a withdrawal. */
  wait(lsn: number, resolve: () => void, reject: (error: Error) => void): () => void {
    const waiter = { lsn, resolve, reject };
    const last = this.#waiters.at(-1);
    if (last === undefined || last.lsn <= lsn) {
      this.#waiters.push(waiter);
    } else {
      let at = this.#waiters.length;
      while (at > 0 && this.#waiters[at - 1]!.lsn > lsn) at--;
      this.#waiters.splice(at, 0, waiter);
    }
    return () => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
    };
  }

  /** Everything up to `lsn` is durable now. */
  advance(lsn: number): void {
    if (lsn <= this.#value) return;
    this.#value = lsn;
    let ready = 0;
    while (ready < this.#waiters.length && this.#waiters[ready]!.lsn <= lsn) ready++;
    const answered = this.#waiters.slice(0, ready);
    if (ready > 0) this.#waiters = this.#waiters.slice(ready);
    for (const waiter of answered) waiter.resolve();
    this.onAdvance?.();
  }

  /** As a promise; `signal` withdraws. */
  whenDurable(lsn: number, signal: AbortSignalLike | undefined): Promise<void> {
    if (lsn <= this.#value) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settled = (): void => signal?.removeEventListener("abort", abort);
      const withdraw = this.wait(
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
      function abort(): void {
        withdraw();
        if (signal !== undefined) reject(abortError(signal, `LSN ${lsn} may still become durable`));
      }
      if (signal?.aborted === true) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Nothing more becomes durable: every waiter gets an error of its own LSN. */
  fail(errorFor: (lsn: number) => Error): void {
    const failed = this.#waiters;
    this.#waiters = [];
    for (const waiter of failed) waiter.reject(errorFor(waiter.lsn));
  }
}
