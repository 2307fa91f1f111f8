/** So many things may be under way at once; whoever comes later waits for one to end. */

export class Permits {
  #free: number;
  readonly #all: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#all = count;
    this.#free = count;
  }

  /** Resolves when one is free, and takes it. */
  async take(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Gives `count` back; the oldest waiters get them. */
  give(count: number): void {
    for (let i = 0; i < count; i++) {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  /** Resolves when all are back. */
  async all(): Promise<void> {
    for (let i = 0; i < this.#all; i++) await this.take();
    this.give(this.#all);
  }
}
