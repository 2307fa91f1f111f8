/** Percentiles of whole numbers without keeping each of them: how often each value came. */

export class Spread {
  readonly #times = new Map<number, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(value: number): void {
    this.#times.set(value, (this.#times.get(value) ?? 0) + 1);
    this.#total++;
  }

  /** The smallest value that a `share` (0 to 1) of all values does not exceed; 0 of none. */
  at(share: number): number {
    let seen = 0;
    let last = 0;
    for (const [value, times] of [...this.#times].toSorted(([a], [b]) => a - b)) {
      seen += times;
      last = value;
      if (seen >= share * this.#total) break;
    }
    return last;
  }
}
