/**
 * A producer's asynchronous side, attached on the log's own thread: what it promises while the log
 * runs, closes, fails, or takes the stripe back. Real threads are in node-fs, interleavings next door.
 */
import { describe, expect, test } from "vitest";
import { Wal, type WalOptions, attachProducer, memoryStorage } from "../src/index.ts";
import {
  block,
  bytes,
  quiet,
  records,
  texts,
  thrownWalError,
  walError,
} from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

/** So long that a test would run into its own time limit. */
const NEVER_MS = 0x7fff_ffff;

function open(options: Partial<WalOptions> = {}): Promise<Wal> {
  return Wal.open({ storage: memoryStorage(), stripeBytes: 1024, ...options });
}

describe("appends of a producer", () => {
  test("a burst far larger than the stripe: everybody gets the LSN of their own record", async () => {
    const wal = await open();
    const producer = attachProducer(wal.producerHandle());
    const appended = Array.from({ length: 500 }, (_, i) => producer.append(bytes(`record ${i}`)));
    const lsns = await Promise.all(appended);
    expect(lsns).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    expect((await texts(wal))[321]).toBe("322:record 321");
    await wal.close();
  });

  test("records, batches, tickets and large ones keep their order", async () => {
    const wal = await open();
    const producer = attachProducer(wal.producerHandle());
    const first = producer.append(bytes("a"));
    const ticket = producer.appendAsync(bytes("b"));
    const some = producer.appendBatch([bytes("c"), bytes("d")]);
    const large = producer.append(block(1, 5000));
    const several = producer.appendBatch([block(2, 800), block(3, 800)]);
    const last = producer.append(bytes("z"), { durability: "synchronous" });
    expect(await Promise.all([first, some, large, several, last])).toEqual([
      1,
      [3, 4],
      5,
      [6, 7],
      8,
    ]);
    await producer.durable(ticket);
    const found = await records(wal);
    expect(found.map(({ payload }) => payload.length)).toEqual([1, 1, 1, 1, 5000, 800, 800, 1]);
    expect(found[4]!.payload).toEqual(block(1, 5000));
    await wal.close();
  });

  test("frames of mixed stripes hold exactly their records, whatever their sizes", async () => {
    const wal = await open({ durability: { mode: "async", flushIntervalMs: NEVER_MS } });
    const [a, b] = [attachProducer(wal.producerHandle()), attachProducer(wal.producerHandle())];
    const sizes = [3, 40, 7, 90, 1, 25, 60, 11];
    sizes.forEach((size, i) => {
      (i % 2 === 0 ? a : b).appendAsync(block(i, size));
      wal.appendAsync(block(i + 100, size));
    });
    await wal.commit();
    const lengths = (await records(wal)).map(({ payload }) => payload.length);
    expect(lengths).toEqual(sizes.flatMap((size) => [size, size]));
    await wal.close();
  });

  test("an empty batch is nothing; wrong arguments and sizes are refused before anything", async () => {
    const wal = await open({ maxRecordBytes: 2000 });
    const producer = attachProducer(wal.producerHandle());
    expect(await producer.appendBatch([])).toEqual([]);
    await expect(producer.append("x" as never)).rejects.toThrow(TypeError);
    await expect(producer.appendBatch({} as never)).rejects.toThrow(TypeError);
    await expect(producer.durable(1)).rejects.toThrow(RangeError);
    const outcome = { details: { outcome: "not-written" } };
    const tooLarge = { code: "WAL_RECORD_TOO_LARGE", ...outcome };
    expect(await walError(producer.append(block(1, 2001)))).toMatchObject(tooLarge);
    const many = Array.from({ length: 5000 }, () => new Uint8Array(0));
    expect(await walError(producer.appendBatch(many))).toMatchObject(tooLarge);
    expect(thrownWalError(() => producer.appendAsync(block(1, 1500)))).toMatchObject(tooLarge);
    expect(wal.nextLsn).toBe(1);
    await wal.close();
  });

  test("the array of a batch is the caller's again once the call has returned", async () => {
    const wal = await open();
    for (const to of [wal, attachProducer(wal.producerHandle())]) {
      const first = wal.nextLsn;
      const batch = [bytes("a"), bytes("b")];
      const appended = to.appendBatch(batch);
      batch.length = 0;
      expect(await appended).toEqual([first, first + 1]);
    }
    await wal.close();
  });

  test("appendSync on the log's own thread is refused: it would wait for itself", async () => {
    const wal = await open();
    const producer = attachProducer(wal.producerHandle());
    expect(thrownWalError(() => producer.appendSync(bytes("a"))).code).toBe("WAL_UNSUPPORTED");
    await wal.close();
  });

  test("the log's own record comes behind what was published before it, large ones included", async () => {
    const wal = await open({ durability: { mode: "async", flushIntervalMs: NEVER_MS } });
    const producer = attachProducer(wal.producerHandle());
    for (let i = 0; i < 3; i++) producer.appendAsync(bytes(`w${i}`));
    const lsn = wal.appendAsync(bytes("own"));
    expect(lsn).toBe(4);
    await wal.close();
  });
});

describe("durability and room, whatever the mode delays", () => {
  const mode = { mode: "async", flushIntervalMs: NEVER_MS } as const;

  test("durable, and append with durability, ask the flusher at once", async () => {
    const wal = await open({ durability: mode });
    const producer = attachProducer(wal.producerHandle());
    expect(await producer.append(bytes("a"))).toBe(1);
    expect(wal.durableLsn).toBe(0);
    await producer.durable(producer.appendAsync(bytes("b")));
    expect(wal.durableLsn).toBe(2);
    await producer.append(bytes("c"), { durability: "synchronous" });
    expect(wal.durableLsn).toBe(3);
    await wal.close();
  });

  test("a full stripe: WAL_BACKPRESSURE at once, ready() when there is room, waits are counted", async () => {
    const wal = await open({ durability: mode });
    const producer = attachProducer(wal.producerHandle());
    const fill = (): void => {
      for (;;) producer.appendAsync(block(1, 100));
    };
    expect(thrownWalError(fill)).toMatchObject({ code: "WAL_BACKPRESSURE" });
    await producer.ready();
    producer.appendAsync(block(2, 100));
    const [, stripe] = wal.stats().stripes;
    expect(stripe).toMatchObject({ capacityBytes: 1024, waits: 2 });
    expect(stripe!.highWaterBytes).toBeGreaterThan(900);
    expect(stripe!.pendingRecords).toBe(1);
    await wal.close();
  });

  test("so many small records that the slots run out, not the bytes", async () => {
    const wal = await open({ durability: mode });
    const producer = attachProducer(wal.producerHandle());
    const lsns = await Promise.all(
      Array.from({ length: 100 }, () => producer.append(new Uint8Array(0))),
    );
    expect(lsns.at(-1)).toBe(100);
    await wal.close();
  });

  test("a deadline while the storage hangs", async () => {
    const storage = new TestStorage();
    const wal = await open({ storage, maxAppendBlockMs: 1 });
    const producer = attachProducer(wal.producerHandle());
    const held = storage.hold("create");
    const first = producer.append(block(1, 1000));
    await held.reached;
    const second = producer.append(block(2, 1000)).catch(() => 0);
    const third = walError(producer.append(block(3, 1000)));
    expect(await third).toMatchObject({
      code: "WAL_BACKPRESSURE",
      details: { outcome: "not-written" },
    });
    held.release();
    expect(await first).toBe(1);
    await second;
    await wal.close();
  });

  test("maxTotalBytes refuses producers, too, and lets them in after a checkpoint", async () => {
    const wal = await open({
      maxTotalBytes: 128 * 1024,
      segmentBytes: 32 * 1024,
      stripeBytes: 16 * 1024,
      keepSegments: 0,
    });
    const producer = attachProducer(wal.producerHandle());
    let lsn = 0;
    const fill = async (): Promise<void> => {
      for (;;) lsn = await producer.append(block(1, 4000));
    };
    expect((await walError(fill())).code).toBe("WAL_NO_SPACE");
    expect(wal.stats().totalBytes).toBeLessThanOrEqual(128 * 1024);
    await wal.checkpoint(lsn);
    await quiet();
    // The first one asks the flusher to look again.
    await producer.append(block(1, 4000)).catch(() => 0);
    await quiet();
    expect(await producer.append(block(1, 4000))).toBeGreaterThan(lsn);
    await wal.close();
  });
});
