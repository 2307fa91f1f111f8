/** Both ends of a shared stripe on one thread: counters across their edges, slots, order by stamps. */
import { describe, expect, test } from "vitest";
import { Publisher } from "../src/append/publisher.ts";
import { Sequencer } from "../src/append/sequencer.ts";
import { SharedConsumer } from "../src/append/shared-consumer.ts";
import { sharedControl, sharedStripeMemory } from "../src/append/shared-stripe.ts";
import { SharedProducer } from "../src/append/shared-producer.ts";
import { Stripe } from "../src/append/stripe.ts";
import { block } from "./support/records.ts";

/** Where signed and unsigned 32-bit counters wrap. */
const edges = [0, -4, 0x7fff_fffc];

/** Two stripes of one log, and its flusher's end. */
function world(start: number): {
  publishers: Publisher[];
  source: Sequencer;
  flush: () => Uint8Array;
} {
  const control = sharedControl(start);
  const memories = [0, 1].map(() => sharedStripeMemory(control, 1024, start));
  const source = new Sequencer(new Stripe(1024), 1);
  for (const memory of memories) source.attach(new SharedConsumer(memory));
  const flush = (): Uint8Array => {
    source.collect();
    const parts: number[] = [];
    while (source.nextBytes() !== undefined) {
      const pieces = source.run(300);
      const body = new Uint8Array(pieces.bytes);
      source.drain(pieces, body, 0);
      parts.push(...body);
    }
    source.acknowledge(source.nextLsn - 1);
    return Uint8Array.from(parts);
  };
  return { publishers: memories.map((memory) => new Publisher(memory)), source, flush };
}

/** First byte and length of every record of a body. */
function decoded(body: Uint8Array): [first: number, length: number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < body.length;) {
    const length = body[at]! | (body[at + 1]! << 8);
    found.push([body[at + 4]!, length]);
    at += 4 + length;
  }
  return found;
}

describe.each(edges)("counters that start at %i", (start) => {
  test("stamps order the records of two stripes, positions and entries stay exact", () => {
    const { publishers, flush } = world(start);
    const sent: [number, number][] = [];
    const taken: [number, number][] = [];
    for (let i = 0; i < 200; i++) {
      const size = 1 + ((i * 37) % 90);
      const publisher = publishers[(i * 7) % 3 === 0 ? 0 : 1]!;
      if (!publisher.fits(size + 4)) {
        taken.push(...decoded(flush()));
        publishers.forEach((each) => each.answered(each.durable()));
      }
      publisher.publish([new Uint8Array(size).fill(i)], size + 4);
      sent.push([i & 0xff, size]);
    }
    taken.push(...decoded(flush()));
    expect(taken).toEqual(sent);
    expect(publishers[0]!.published + publishers[1]!.published).toBe(200);
    expect(publishers[0]!.durable()).toBe(publishers[0]!.published);
  });

  test("tickets count on, and an old one is durable still", async () => {
    const control = sharedControl(start);
    const memory = sharedStripeMemory(control, 1024, start);
    const source = new Sequencer(new Stripe(1024), 1);
    source.attach(new SharedConsumer(memory));
    const producer = new SharedProducer({
      kind: "stria-shared-producer",
      memory,
      limits: { maxRecordBytes: 1000, maxBatchBytes: 1000 },
      maxAppendBlockMs: 1000,
      waits: true,
      limited: false,
      transfer: [],
    });
    for (let i = 1; i <= 100; i++) {
      expect(producer.appendAsync(block(i, 20))).toBe(i);
      source.collect();
      const pieces = source.run(1000);
      source.drain(pieces, new Uint8Array(pieces.bytes), 0);
      source.acknowledge(i);
    }
    await producer.durable(1);
    await producer.durable(100);
  });
});

// The slot of an LSN was free as soon as its record was durable, though its caller had not been
// answered: a worker that appended on without a pause was told the LSNs of later records.
test("the slot of an LSN is used again only when whoever waits for it has been answered", () => {
  const { publishers, flush } = world(0);
  const publisher = publishers[0]!;
  for (let i = 0; i < 32; i++) {
    const record = new Uint8Array(i === 0 ? 200 : 0);
    expect(publisher.fits(4 + record.length)).toBe(true);
    publisher.publish([record], 4 + record.length);
    flush();
  }
  expect(publisher.durable()).toBe(32);
  expect([publisher.fits(4), publisher.isCalm(4)]).toEqual([false, false]);
  expect(publisher.lsnOf(1)).toBe(1);
  expect(publisher.lsnOf(32)).toBe(32);
  publisher.answered(publisher.durable());
  expect([publisher.fits(4), publisher.isCalm(4)]).toEqual([true, true]);
});
