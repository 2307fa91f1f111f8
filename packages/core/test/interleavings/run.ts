/**
 * One run of a thread of a case: its past from the record, then one step, then up to the next one.
 * `Atomics` and plain accesses of watched arrays come here while it runs.
 */
import { type SharedWorld, Violation } from "./shared-world.ts";

/** The operations of `Atomics` the protocol uses. */
export interface AtomicsOps {
  load(array: Int32Array, index: number): number;
  store(array: Int32Array, index: number, value: number): number;
  add(array: Int32Array, index: number, value: number): number;
  sub(array: Int32Array, index: number, value: number): number;
  exchange(array: Int32Array, index: number, value: number): number;
  compareExchange(array: Int32Array, index: number, expected: number, value: number): number;
  wait(array: Int32Array, index: number, value: number): string;
  notify(array: Int32Array, index: number): number;
}

/** What of a case a run needs. */
export interface RunCase {
  readonly world: SharedWorld;
  readonly isQuiet: (place: number) => boolean;
}

/** A thread between its runs. */
export interface Thread {
  /** Results of everything it asked of shared memory so far. */
  history: unknown[];
  /** Sleeps at this place. */
  asleepAt: number;
  /** Woken, but has not run since. */
  woken: boolean;
  done: boolean;
  saw: number[];
}

const SUSPEND: unique symbol = Symbol("suspend");
const realAtomics = Atomics;

/** Where plain accesses of the running thread go; `undefined` outside a run. */
let running: Run | undefined;

/** Runs the thread's code up to its next step; true when it has come to its end. */
export function perform(run: Run, program: () => void): boolean {
  running = run;
  replaceAtomics(run.ops);
  try {
    program();
    return true;
  } catch (error) {
    if (error !== SUSPEND) throw error;
    return false;
  } finally {
    running = undefined;
    replaceAtomics(realAtomics);
  }
}

/** One run of a thread: first its past, then one step, then up to the next one. */
export class Run {
  readonly ops: AtomicsOps;
  /** Steps it may still perform. */
  budget = 0;
  readonly #case: RunCase;
  readonly #threads: readonly Thread[];
  readonly #thread: number;
  readonly #history: unknown[];
  #at = 0;

  constructor(one: RunCase, threads: readonly Thread[], thread: number, history: unknown[]) {
    this.#case = one;
    this.#threads = threads;
    this.#thread = thread;
    this.#history = history;
    this.ops = this.#makeOps();
  }

  /** Anything the thread asks of shared memory, once. */
  once<T>(ask: () => T): T {
    if (this.#at < this.#history.length) return this.#history[this.#at++] as T;
    const result = ask();
    this.#history.push(result);
    this.#at++;
    return result;
  }

  plain(array: number, index: number, isWrite: boolean): void {
    this.#case.world.access(this.#thread, array, index, isWrite);
  }

  /** A plain read of a word: a step like any other, but nothing that was written before the word is ordered by it. */
  peek(array: Int32Array, index: number): number {
    const place = this.#case.world.place(array, index);
    return this.once(() => {
      this.#spend(place);
      return this.#case.world.behind(array)[index]!;
    });
  }

  #makeOps(): AtomicsOps {
    const change =
      (to: (old: number, first: number, second: number) => number | undefined) =>
      (array: Int32Array, index: number, first = 0, second = 0): number =>
        this.#atomic(array, index, (place) => {
          const { world } = this.#case;
          const words = world.behind(array);
          const old = words[index]!;
          world.acquire(this.#thread, place);
          const next = to(old, first, second);
          if (next !== undefined) {
            words[index] = next;
            world.release(this.#thread, place);
          }
          return old;
        });
    return {
      load: change(() => undefined),
      store: change((_old, value) => value),
      add: change((old, value) => (old + value) | 0),
      sub: change((old, value) => (old - value) | 0),
      exchange: change((_old, value) => value),
      compareExchange: change((old, expected, value) => (old === expected ? value : undefined)),
      notify: (array, index) => this.#atomic(array, index, (place) => this.#notify(place)),
      wait: (array, index, value) => this.#wait(array, index, value),
    };
  }

  #atomic(array: Int32Array, index: number, step: (place: number) => number): number {
    const place = this.#case.world.place(array, index);
    if (place < 0) return step(-1);
    return this.once(() => {
      this.#spend(place);
      return step(place);
    });
  }

  #spend(place: number): void {
    if (this.#case.isQuiet(place)) return;
    if (this.#thread < 0) return;
    if (this.budget === 0) throw SUSPEND;
    this.budget--;
  }

  #notify(place: number): number {
    let woken = 0;
    for (const thread of this.#threads) {
      if (thread.asleepAt !== place) continue;
      thread.asleepAt = -1;
      thread.woken = true;
      woken++;
    }
    return woken;
  }

  #wait(array: Int32Array, index: number, value: number): string {
    const place = this.#case.world.place(array, index);
    const outcome = this.once(() => {
      this.#spend(place);
      this.#case.world.acquire(this.#thread, place);
      if (this.#case.world.behind(array)[index] !== value) return "not-equal";
      this.#threads[this.#thread]!.asleepAt = place;
      return "asleep";
    });
    if (outcome === "not-equal") return outcome;
    return this.once(() => {
      const self = this.#threads[this.#thread]!;
      if (!self.woken || this.budget === 0) throw SUSPEND;
      this.budget--;
      self.woken = false;
      return "ok";
    });
  }
}

/** Words that may be read without Atomics, and never written so. */
export function peekable(words: Int32Array): Int32Array {
  const view: Int32Array = new Proxy(words, {
    get: (_, key) => running!.peek(view, Number(key)),
    set: () => {
      throw new Violation("a word was written without Atomics");
    },
  });
  return view;
}

/** A typed array whose plain accesses are watched. `number` tells arrays apart. */
export function watched<T extends Int32Array | Float64Array | Uint8Array>(
  array: T,
  number: number,
): T {
  const touch = (index: number, isWrite: boolean): void => running?.plain(number, index, isWrite);
  const methods = {
    set: (from: ArrayLike<number>, at = 0) =>
      read(() => {
        for (let i = 0; i < from.length; i++) touch(at + i, true);
        array.set(from, at);
        return 0;
      }),
    subarray: (from: number, to: number = array.length) =>
      read(() => {
        for (let i = from; i < to; i++) touch(i, false);
        return array.slice(from, to);
      }),
  };
  return new Proxy(array, {
    get(target, key) {
      if (key === "length") return target.length;
      if (key in methods) return methods[key as keyof typeof methods];
      const index = Number(key);
      return read(() => {
        touch(index, false);
        return target[index];
      });
    },
    set(target, key, value: number) {
      const index = Number(key);
      read(() => {
        touch(index, true);
        target[index] = value;
        return 0;
      });
      return true;
    },
  });
}

function read<T>(ask: () => T): T {
  return running === undefined ? ask() : running.once(ask);
}

function replaceAtomics(value: unknown): void {
  Object.defineProperty(globalThis, "Atomics", { value, configurable: true, writable: true });
}
