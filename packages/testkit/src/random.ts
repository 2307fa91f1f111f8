/**
 * Seeded randomness: everything the testkit leaves to chance is drawn here, so that a seed replays it.
 * Not for keys or log ids outside tests.
 */
import type { Random } from "@stria/core";

/** A small deterministic generator (sfc32). The same seed gives the same numbers on every runtime. */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** `seed` is any number or text; fractions and the sign count. */
  constructor(seed: number | string) {
    let state = hash(String(seed));
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      return mix(state);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#counter = 1;
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** An integer in 0 … 2^32-1. */
  uint32(): number {
    const out = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + out;
    return out >>> 0;
  }

  /** An integer in 0 … `limit`-1; 0 for a limit below 1. */
  below(limit: number): number {
    return limit < 1 ? 0 : Math.floor((this.uint32() / 0x1_0000_0000) * limit);
  }

  /** True with this probability, 0 … 1. */
  chance(probability: number): boolean {
    return this.uint32() < probability * 0x1_0000_0000;
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (items.length === 0) throw new RangeError("pick needs at least one item");
    return item as T;
  }

  /** Fills `into` with noise and returns it. */
  fillBytes(into: Uint8Array): Uint8Array {
    let word = 0;
    for (let i = 0; i < into.length; i++) {
      if ((i & 3) === 0) word = this.uint32();
      into[i] = word;
      word >>>= 8;
    }
    return into;
  }
}

/** The `random` option of `Wal.open`, replayable. */
export function seededRandom(seed: number | string): Random {
  const source = new SeededRandom(seed);
  return (into) => source.fillBytes(into);
}

function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  }
  return mix(state);
}

function mix(value: number): number {
  let state = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) | 0;
}
