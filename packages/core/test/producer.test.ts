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

/** What an exiting worker looks like to the log. */
class FakeWorker {
  readonly listeners = new Set<() => void>();

  once(_event: "exit", listener: () => void): void {
    this.listeners.add(listener);
  }

  off(_event: "exit", listener: () => void): void {
    this.listeners.delete(listener);
  }

  exit(): void {
    for (const listener of this.listeners) listener();
  }
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
    const second = producer.append(block(2, 1000));
    const third = walError(producer.append(block(3, 1000)));
    expect(await third).toMatchObject({
      code: "WAL_BACKPRESSURE",
      details: { outcome: "not-written" },
    });
    const refused = second.catch(() => 0);
    held.release();
    expect(await first).toBe(1);
    await refused;
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

describe("the end of the log", () => {
  test("close: what is published is written and answered, what comes later is refused", async () => {
    for (const durability of [{ mode: "synchronous" }, { mode: "async" }] as const) {
      const storage = memoryStorage();
      const wal = await open({ storage, durability });
      const producer = attachProducer(wal.producerHandle());
      const appended = Array.from({ length: 20 }, (_, i) => producer.append(bytes(`${i}`)));
      const closing = wal.close();
      const late = walError(producer.append(bytes("late")));
      expect(await Promise.all(appended)).toHaveLength(20);
      expect(await late).toMatchObject({ code: "WAL_CLOSED", details: { outcome: "not-written" } });
      await closing;
      expect((await walError(producer.append(bytes("later")))).code).toBe("WAL_CLOSED");
      await producer.detach();
      const again = await open({ storage });
      expect(await texts(again)).toHaveLength(20);
      await again.close();
    }
  });

  test("poison: who waits hears of the failure, who waits for room has written nothing", async () => {
    const storage = new TestStorage();
    const wal = await open({ storage });
    const producer = attachProducer(wal.producerHandle());
    await producer.append(bytes("a"));
    storage.failNth("sync", 1);
    const held = storage.hold("write");
    const lost = walError(producer.append(block(1, 900)));
    await held.reached;
    const next = walError(producer.append(block(2, 900)));
    const blocked = walError(producer.append(block(3, 900)));
    const large = walError(producer.append(block(4, 9000)));
    held.release();
    expect(await lost).toMatchObject({ code: "WAL_STORAGE", details: { outcome: "unknown" } });
    expect((await next).code).toBe("WAL_STORAGE");
    expect(await blocked).toMatchObject({ details: { outcome: "not-written" } });
    expect(await large).toMatchObject({ details: { outcome: "not-written" } });
    expect((await walError(producer.append(bytes("x")))).code).toBe("WAL_POISONED");
    expect((await walError(producer.detach())).code).toBe("WAL_STORAGE");
    await wal.close();
  });

  test("poison in the middle of a large record: its caller hears of it", async () => {
    const storage = new TestStorage();
    const wal = await open({ storage });
    const producer = attachProducer(wal.producerHandle());
    const held = storage.hold("create");
    storage.failNth("write", 1);
    const small = walError(producer.append(block(1, 600)));
    await held.reached;
    const large = walError(producer.append(block(2, 9000)));
    held.release();
    expect((await small).code).toBe("WAL_STORAGE");
    expect((await large).details.outcome).toBeDefined();
    await wal.close();
  });
});

describe("stripes come and go", () => {
  test("one more than there are is refused; a detached or lost one makes room", async () => {
    const wal = await open({ stripes: 2 });
    const worker = new FakeWorker();
    const one = attachProducer(wal.producerHandle());
    wal.producerHandle({ worker });
    const error = thrownWalError(() => wal.producerHandle());
    expect(error.code).toBe("WAL_BACKPRESSURE");
    expect(error.message).toContain("all 2 stripes are attached");
    await one.append(bytes("a"));
    await one.detach();
    await one.detach();
    expect((await walError(one.append(bytes("b")))).code).toBe("WAL_CLOSED");
    wal.producerHandle();
    worker.exit();
    expect(worker.listeners.size).toBe(0);
    wal.producerHandle();
    expect(wal.stats().stripes).toHaveLength(3);
    await wal.close();
  });

  test("a handle is attached once", async () => {
    const wal = await open();
    const handle = wal.producerHandle();
    const producer = attachProducer(handle);
    expect(thrownWalError(() => attachProducer(handle)).code).toBe("WAL_UNSUPPORTED");
    await producer.detach();
    expect(thrownWalError(() => attachProducer(handle)).code).toBe("WAL_CLOSED");
    await wal.close();
  });

  test("detach waits for appends that wait for room", async () => {
    const wal = await open();
    const producer = attachProducer(wal.producerHandle());
    const appended = Array.from({ length: 40 }, (_, i) => producer.append(block(i, 500)));
    await producer.detach();
    expect(await Promise.all(appended)).toHaveLength(40);
    await wal.commit();
    expect(wal.stats().stripes).toHaveLength(1);
    await wal.close();
  });

  test("a stripe taken back: what was published is in the log, who waits on learns that nobody knows", async () => {
    const wal = await open();
    const controller = new AbortController();
    const producer = attachProducer(wal.producerHandle({ signal: controller.signal }));
    producer.appendAsync(bytes("a"));
    controller.abort();
    await wal.commit();
    expect(await texts(wal)).toEqual(["1:a"]);
    expect((await walError(producer.append(bytes("b")))).code).toBe("WAL_CLOSED");
    expect(wal.stats().stripes).toHaveLength(1);
    await wal.close();
  });
});

describe("signals", () => {
  /** Counts who listens. */
  class Signal {
    aborted = false;
    readonly reason: unknown = "enough";
    readonly listeners = new Set<() => void>();

    addEventListener(_type: "abort", listener: () => void): void {
      this.listeners.add(listener);
    }

    removeEventListener(_type: "abort", listener: () => void): void {
      this.listeners.delete(listener);
    }

    abort(): void {
      this.aborted = true;
      for (const listener of this.listeners) listener();
    }
  }

  test("nobody listens any more when the call is over, whichever way it went", async () => {
    const wal = await open();
    const producer = attachProducer(wal.producerHandle());
    const signal = new Signal();
    await Promise.all(
      [600, 600, 600, 4000].map((size) => producer.append(block(1, size), { signal })),
    );
    await producer.durable(1, { signal });
    await producer.ready({ signal });
    expect(signal.listeners.size).toBe(0);
    await wal.close();
  });

  test("an abort stops the wait: for room nothing was appended, else the record follows", async () => {
    const storage = new TestStorage();
    const wal = await open({ storage });
    const producer = attachProducer(wal.producerHandle());
    const held = storage.hold("create");
    const signal = new Signal();
    const first = walError(producer.append(block(1, 900), { signal }));
    await held.reached;
    const second = producer.append(block(2, 900));
    const third = walError(producer.append(block(3, 900), { signal }));
    const fourth = producer.append(block(4, 900));
    signal.abort();
    expect((await first).message).toContain("may still become durable");
    expect((await third).message).toContain("nothing was appended");
    held.release();
    expect(await Promise.all([second, fourth])).toEqual([2, 3]);
    expect((await walError(producer.append(bytes("x"), { signal }))).code).toBe("WAL_ABORTED");
    await wal.close();
  });
});
