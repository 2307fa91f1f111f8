/**
 * Latencies in logarithmic buckets of 1/64 of a power of two, so that recording costs a few
 * nanoseconds and no memory that grows. Percentiles are exact to 1.6 %.
 */

const BUCKETS_PER_OCTAVE = 64;
const OCTAVES = 40;

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS_PER_OCTAVE * OCTAVES);
  #total = 0;
  #largest = 0;

  record(milliseconds: number): void {
    const nanoseconds = Math.max(1, milliseconds * 1e6);
    const at = Math.floor(Math.log2(nanoseconds) * BUCKETS_PER_OCTAVE);
    this.#counts[Math.min(at, this.#counts.length - 1)]! += 1;
    this.#total++;
    if (milliseconds > this.#largest) this.#largest = milliseconds;
  }

  get total(): number {
    return this.#total;
  }

  /** Milliseconds below which `share` (0 to 1) of the values are. */
  percentile(share: number): number {
    let left = this.#total * share;
    for (const [at, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0 && this.#total > 0) {
        return Math.min(this.#largest, 2 ** ((at + 0.5) / BUCKETS_PER_OCTAVE) / 1e6);
      }
    }
    return this.#largest;
  }

  /** The usual percentiles in microseconds, as figures. */
  figures(prefix: string): Record<string, number> {
    if (this.#total === 0) return {};
    return {
      [`${prefix}P50Us`]: this.percentile(0.5) * 1000,
      [`${prefix}P99Us`]: this.percentile(0.99) * 1000,
      [`${prefix}P999Us`]: this.percentile(0.999) * 1000,
      [`${prefix}MaxUs`]: this.#largest * 1000,
    };
  }
}
