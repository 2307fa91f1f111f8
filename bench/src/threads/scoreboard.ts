/**
 * What the threads of one run share: when to begin and to stop, and how far each has come. Every count
 * has a cache line of its own, so that counting costs a worker nothing but the store.
 */
const INTS_A_LINE = 16;
const GO = 0;
const OVER = 1;

export class Scoreboard {
  readonly words: Int32Array;

  constructor(words: Int32Array) {
    this.words = words;
  }

  static of(workers: number): Scoreboard {
    return new Scoreboard(new Int32Array(new SharedArrayBuffer((workers + 1) * INTS_A_LINE * 4)));
  }

  /** All workers may begin. */
  go(): void {
    Atomics.store(this.words, GO, 1);
    Atomics.notify(this.words, GO);
  }

  /** Blocks a worker until then. */
  wait(): void {
    Atomics.wait(this.words, GO, 0);
  }

  stop(): void {
    Atomics.store(this.words, OVER, 1);
  }

  get over(): boolean {
    return Atomics.load(this.words, OVER) === 1;
  }

  /** One more record of this worker is acknowledged; only that worker calls this. */
  count(worker: number): void {
    const at = (worker + 1) * INTS_A_LINE;
    this.words[at] = this.words[at]! + 1;
  }

  /** Records acknowledged so far, by all. */
  total(): number {
    let records = 0;
    for (let at = INTS_A_LINE; at < this.words.length; at += INTS_A_LINE) {
      records += Atomics.load(this.words, at);
    }
    return records;
  }
}
