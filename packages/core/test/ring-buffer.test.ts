/** The ring behind a stripe against a plain queue, everywhere on its circle of 2^32 positions. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  RingConsumer,
  type RingMemory,
  RingProducer,
  ringMemory,
} from "../src/append/ring-buffer.ts";

/** Fresh memory whose cursors stand at `start`, as if so much had passed through. */
function memoryAt(capacity: number, start: number): RingMemory {
  const memory = ringMemory(capacity);
  // Bytes and entries, of the producer's side and of the consumer's.
  for (const word of [0, 16, 17]) memory.cursors[word] = start | 0;
  return memory;
}

const starts = [0, 1, 2 ** 31 - 5, 2 ** 31, 2 ** 32 - 1, 2 ** 32 - 700, 2 ** 32 - 1024];

type Step = { push: number[] } | { take: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ push: fc.array(fc.nat(300), { minLength: 1, maxLength: 4 }) }),
  fc.record({ take: fc.integer({ min: 1, max: 5 }) }),
);

/** A ring and a plain queue that are told the same. */
class RingAndQueue {
  /** What the ring answered, and what it should have. */
  readonly seen: unknown[] = [];
  readonly expected: unknown[] = [];
  readonly #producer: RingProducer;
  readonly #consumer: RingConsumer;
  readonly #queue: { readonly records: number; readonly content: number[] }[] = [];
  #used = 0;
  #stamp = 0;

  constructor(memory: RingMemory) {
    this.#producer = new RingProducer(memory);
    this.#consumer = new RingConsumer(memory);
  }

  push(lengths: readonly number[]): void {
    const bytes = lengths.reduce((sum, length) => sum + 4 + length, 0);
    const fits = bytes <= 1024 - this.#used && this.#queue.length < 32;
    this.#compare(this.#producer.fits(bytes), fits);
    if (!fits) return;
    const content: number[] = [];
    for (const length of lengths) {
      const payload = Uint8Array.from({ length }, (_, i) => (this.#stamp * 31 + i) & 0xff);
      this.#producer.writeRecord(payload);
      content.push(length & 0xff, length >> 8, 0, 0, ...payload);
    }
    this.#producer.publish(bytes, lengths.length, this.#stamp++, false);
    this.#queue.push({ records: lengths.length, content });
    this.#used += bytes;
    this.#compareCounts();
  }

  take(most: number): void {
    const taken = this.#queue.splice(0, most);
    for (const [ahead, { content, records }] of taken.entries()) {
      const { bytes, records: found, outside } = this.#consumer.peek(ahead);
      this.#compare([bytes, found, outside], [content.length, records, false]);
    }
    const content = taken.flatMap((entry) => entry.content);
    const into = new Uint8Array(content.length + 2);
    this.#consumer.copy(content.length, into, 1);
    this.#consumer.take(taken.length, content.length);
    this.#compare([...into], [0, ...content, 0]);
    this.#used -= content.length;
    this.#compareCounts();
  }

  #compareCounts(): void {
    const counts = [this.#producer.used(), this.#consumer.waiting()];
    this.#compare(counts, [this.#used, this.#queue.length]);
  }

  #compare(seen: unknown, expected: unknown): void {
    this.seen.push(seen);
    this.expected.push(expected);
  }
}

describe("a ring", () => {
  test.each(starts)("is a queue, starting at position %i", (start) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const both = new RingAndQueue(memoryAt(1024, start));
        for (const action of steps) {
          if ("push" in action) both.push(action.push);
          else both.take(action.take);
        }
        expect(both.seen).toEqual(both.expected);
      }),
      { numRuns: 60 },
    );
  });

  test("passes its whole content many times across the edge", () => {
    const memory = memoryAt(1024, 2 ** 32 - 5000);
    const producer = new RingProducer(memory);
    const consumer = new RingConsumer(memory);
    for (let round = 0; round < 200; round++) {
      const payload = Uint8Array.from({ length: 96 }, (_, i) => (round + i) & 0xff);
      producer.writeRecord(payload);
      producer.publish(100, 1, round, false);
      const into = new Uint8Array(100);
      consumer.copy(100, into, 0);
      consumer.take(1, 100);
      expect(into.subarray(4)).toEqual(payload);
    }
    expect(producer.used()).toBe(0);
  });

  test("an entry outside takes a slot and no bytes", () => {
    const memory = memoryAt(1024, 2 ** 32 - 1);
    const producer = new RingProducer(memory);
    const consumer = new RingConsumer(memory);
    producer.publish(1_000_000, 7, 1, true);
    expect(producer.used()).toBe(0);
    expect(consumer.peek(0)).toMatchObject({ bytes: 1_000_000, records: 7, outside: true });
    consumer.take(1, 0);
    expect(consumer.waiting()).toBe(0);
  });

  test("full of empty records it has no slot left, and says so", () => {
    const memory = memoryAt(1024, 0);
    const producer = new RingProducer(memory);
    let entries = 0;
    while (producer.fits(4)) {
      producer.writeRecord(new Uint8Array(0));
      producer.publish(4, 1, entries++, false);
    }
    expect(entries).toBe(32);
    expect(producer.fits(0)).toBe(false);
  });

  test("capacity is rounded up to a power of two, at least 1 KiB", () => {
    expect([1, 1024, 1025, 5000].map((n) => ringMemory(n).data.length)).toEqual([
      1024, 1024, 2048, 8192,
    ]);
  });
});
