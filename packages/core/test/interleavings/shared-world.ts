/**
 * The memory of a small case and what JavaScript's memory model says about it: Atomics are single
 * steps in one order for all; plain accesses must be ordered by them, or they are a race. Whoever is
 * free of races behaves as if every access were a single step, so interleaving the Atomics is enough.
 */

/** A vector clock: how much of each thread has happened before. */
type Clock = number[];

interface Cell {
  /** Thread and time of the last write. */
  writer: number;
  wrote: number;
  /** Time of the last read, by thread. */
  reads: number[];
}

/** What a violated rule throws; the explorer adds the schedule. */
export class Violation extends Error {
  override readonly name = "Violation";
}

export class SharedWorld {
  /** Words for Atomics. */
  readonly words: Int32Array[] = [];
  readonly plain: (Int32Array | Float64Array | Uint8Array)[] = [];
  readonly #threads: number;
  readonly #views = new Map<unknown, Int32Array>();
  readonly #clocks: Clock[];
  #released = new Map<number, Clock>();
  #cells = new Map<number, Cell>();

  /** Watches for races; else only values count, and many more schedules lead to the same state. */
  watchesRaces = true;

  constructor(threads: number) {
    this.#threads = threads;
    this.#clocks = Array.from({ length: threads }, (_, i) => unit(threads, i));
  }

  /** Shares words that the code under test knows as `view`. */
  share(words: Int32Array, view: Int32Array): Int32Array {
    this.words.push(words);
    this.#views.set(view, words);
    return view;
  }

  /** The words themselves. */
  behind(view: Int32Array): Int32Array {
    return this.#views.get(view) ?? view;
  }

  /** Number of a word, or -1 for memory nobody shares. */
  place(view: Int32Array, index: number): number {
    const at = this.words.indexOf(this.behind(view));
    return at < 0 ? -1 : at * 4096 + index;
  }

  /** The thread reads what others wrote to the word before. */
  acquire(thread: number, place: number): void {
    if (!this.watchesRaces) return;
    const from = this.#released.get(place);
    if (from !== undefined) join(this.#clocks[thread]!, from);
  }

  /** Whoever reads the word from now on knows what the thread has done. */
  release(thread: number, place: number): void {
    if (!this.watchesRaces) return;
    const clock = this.#clocks[thread]!;
    this.#released.set(place, clock.slice());
    clock[thread]!++;
  }

  /** A plain access; a race is a violation. */
  access(thread: number, array: number, index: number, isWrite: boolean): void {
    if (!this.watchesRaces) return;
    const clock = this.#clocks[thread]!;
    const key = array * 65_536 + index;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = { writer: -1, wrote: 0, reads: Array.from({ length: this.#threads }, () => 0) };
      this.#cells.set(key, cell);
    }
    if (cell.writer >= 0 && cell.wrote > clock[cell.writer]!) this.#race(thread, cell.writer, key);
    if (isWrite) {
      cell.reads.forEach((time, reader) => {
        if (time > clock[reader]!) this.#race(thread, reader, key);
      });
      cell.writer = thread;
      cell.wrote = clock[thread]!;
      cell.reads.fill(0);
    } else {
      cell.reads[thread] = clock[thread]!;
    }
  }

  /** Everything that decides what can happen next. */
  hash(into: Hash): void {
    for (const array of [...this.words, ...this.plain]) for (const value of array) into.add(value);
    if (!this.watchesRaces) return;
    for (const clock of this.#clocks) for (const time of clock) into.add(time);
    for (const [place, clock] of [...this.#released].toSorted(([a], [b]) => a - b)) {
      into.add(place);
      for (const time of clock) into.add(time);
    }
  }

  save(): () => void {
    const arrays = [...this.words, ...this.plain].map((array) => [array, array.slice()] as const);
    if (!this.watchesRaces) {
      return () => {
        for (const [array, copy] of arrays) restore(array, copy);
      };
    }
    const clocks = this.#clocks.map((clock) => clock.slice());
    const released = new Map(this.#released);
    const cells = new Map<number, Cell>();
    for (const [key, cell] of this.#cells) cells.set(key, { ...cell, reads: cell.reads.slice() });
    return () => {
      for (const [array, copy] of arrays) restore(array, copy);
      clocks.forEach((clock, i) => (this.#clocks[i] = clock.slice()));
      this.#released = new Map(released);
      this.#cells = new Map();
      for (const [key, cell] of cells) this.#cells.set(key, { ...cell, reads: cell.reads.slice() });
    };
  }

  #race(thread: number, other: number, key: number): never {
    const place = `array ${Math.floor(key / 65_536)}, element ${key % 65_536}`;
    throw new Violation(`race: threads ${thread} and ${other} at ${place}`);
  }
}

/** A 64-bit hash of numbers. */
export class Hash {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;

  add(value: number): void {
    const low = value | 0;
    const high = (value / 4_294_967_296) | 0;
    this.#a = Math.imul(this.#a ^ low, 0x01000193) ^ high;
    this.#b = Math.imul((this.#b ^ (this.#b >>> 15)) + low, 0x85ebca6b) ^ (high << 7);
  }

  get key(): string {
    return `${this.#a >>> 0}:${this.#b >>> 0}`;
  }
}

function restore(array: Int32Array | Float64Array | Uint8Array, copy: ArrayLike<number>): void {
  array.set(copy);
}

function unit(threads: number, thread: number): Clock {
  return Array.from({ length: threads }, (_, i) => (i === thread ? 1 : 0));
}

function join(into: Clock, from: Clock): void {
  for (let i = 0; i < into.length; i++) into[i] = Math.max(into[i]!, from[i]!);
}
