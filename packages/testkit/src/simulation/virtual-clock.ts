/**
 * Time that moves only when the simulation says so. Timers fire in order of their time and, at the
 * same time, of their creation, so that a seed replays every interleaving.
 */
import type { Clock } from "@stria/core";

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

const resolved = Promise.resolve();
/** Turns of the microtask queue given to promises before time may move. */
const quietTurns = 64;
/** Turns given when no timer is left: a long chain of promises is no reason to suspect a stall. */
const patientTurns = 10_000;
/** More timers than any honest script needs: a log that re-arms one for ever is stopped here. */
const timerLimit = 20_000;

/** Lets pending promises run on; only when nothing at all happens, a turn of the real event loop too. */
const runtime = globalThis as unknown as { setTimeout(run: () => void, delayMs: number): unknown };

/** Nothing is left that could settle what was waited for. */
export class StalledError extends Error {
  override readonly name: string = "StalledError";
}

/** The core's `Clock`, driven by hand. */
export class VirtualClock implements Clock {
  #monotonicMs = 0;
  #wallMs: number;
  #timers: Timer[] = [];

  /** `startMs` is the wall time it begins with. */
  constructor(startMs = 1_700_000_000_000) {
    this.#wallMs = startMs;
  }

  now(): number {
    return this.#wallMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  timer(run: () => void, delayMs: number): () => void {
    const timer: Timer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), run };
    let at = this.#timers.length;
    while (at > 0 && (this.#timers[at - 1]?.dueMs ?? 0) > timer.dueMs) at--;
    this.#timers.splice(at, 0, timer);
    return () => {
      const found = this.#timers.indexOf(timer);
      if (found >= 0) this.#timers.splice(found, 1);
    };
  }

  /** Timers that have not fired. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Moves the wall clock alone, forward or back, as an administrator or a time server would. */
  jumpWall(byMs: number): void {
    this.#wallMs += byMs;
  }

  /** A promise that resolves when this much time has passed. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.timer(resolve, delayMs);
    });
  }

  /** Lets time pass, firing what is due, and gives promises their turn between timers. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#monotonicMs + byMs;
    await quiet();
    for (let fired = 0; fired < timerLimit; fired++) {
      if (!this.#fireNext(endMs)) {
        this.#moveTo(endMs);
        return;
      }
      await quiet();
    }
    throw new StalledError(`more than ${timerLimit} timers fired within ${byMs} ms`);
  }

  /**
   * Waits for `promise`, moving time forward whenever nothing else can happen.
   * Rejects with {@link StalledError} when no timer is left and it still has not settled.
   */
  async until<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false };
    const mark = (): void => {
      state.settled = true;
    };
    promise.then(mark, mark);
    for (let fired = 0; fired < timerLimit; fired++) {
      for (let turn = 0; turn < quietTurns && !state.settled; turn++) await resolved;
      if (state.settled) return promise;
      if (this.#fireNext(Infinity)) continue;
      for (let turn = 0; turn < patientTurns && !state.settled; turn++) await resolved;
      if (state.settled) return promise;
      if (this.#timers.length > 0) continue;
      // Perhaps it waits for something outside the simulation, a platform promise for instance.
      for (let turn = 0; turn < 20 && !state.settled; turn++) await eventLoopTurn();
      if (state.settled) return promise;
      if (this.#timers.length === 0) {
        throw new StalledError("nothing is left to happen and it still has not settled");
      }
    }
    throw new StalledError(`not settled after ${timerLimit} timers`);
  }

  #fireNext(endMs: number): boolean {
    const next = this.#timers[0];
    if (next === undefined || next.dueMs > endMs) return false;
    this.#timers.shift();
    this.#moveTo(Math.max(this.#monotonicMs, next.dueMs));
    next.run();
    return true;
  }

  #moveTo(ms: number): void {
    this.#wallMs += ms - this.#monotonicMs;
    this.#monotonicMs = ms;
  }
}

async function quiet(): Promise<void> {
  for (let turn = 0; turn < quietTurns; turn++) await resolved;
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    runtime.setTimeout(resolve, 0);
  });
}
