/** Producers over a message port: the same calls and promises where no memory can be shared. */
import { describe, expect, test } from "vitest";
import {
  type Producer,
  Wal,
  type WalOptions,
  attachProducer,
  memoryStorage,
} from "../src/index.ts";
import { block, bytes, records, texts, thrownWalError, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

async function open(options: Partial<WalOptions> = {}): Promise<{ wal: Wal; producer: Producer }> {
  const wal = await Wal.open({ storage: memoryStorage(), stripeBytes: 1024, ...options });
  return { wal, producer: attachProducer(wal.producerHandle({ path: "messages" })) };
}

describe("a producer over a message port", () => {
  test("the handle lists its port; stats say what this runtime would use", async () => {
    const wal = await Wal.open({ storage: memoryStorage() });
    const handle = wal.producerHandle({ path: "messages" });
    expect(handle.transfer).toEqual([(handle as { port: unknown }).port]);
    expect(wal.producerHandle().transfer).toEqual([]);
    expect(wal.stats().producers).toBe("shared-memory");
    await attachProducer(handle).detach();
    await wal.close();
  });

  test("records, batches, tickets and large ones keep their order", async () => {
    const { wal, producer } = await open();
    const first = producer.append(bytes("a"));
    const ticket = producer.appendAsync(bytes("b"));
    const some = producer.appendBatch([bytes("c"), bytes("d")]);
    const large = producer.append(block(1, 5000));
    const last = producer.append(bytes("z"), { durability: "synchronous" });
    expect(await Promise.all([first, some, large, last])).toEqual([1, [3, 4], 5, 6]);
    await producer.durable(ticket);
    expect(await producer.appendBatch([])).toEqual([]);
    expect((await records(wal)).map(({ payload }) => payload.length)).toEqual([
      1, 1, 1, 1, 5000, 1,
    ]);
    expect(thrownWalError(() => producer.appendSync(bytes("x"))).code).toBe("WAL_UNSUPPORTED");
    await producer.detach();
    await wal.close();
  });

  test("many appends of one turn are few messages", async () => {
    const { wal, producer } = await open({ stripeBytes: 1 << 20 });
    const appended = Array.from({ length: 1000 }, (_, i) => producer.append(bytes(`${i}`)));
    expect(await Promise.all(appended)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    expect(wal.stats().flushes).toBeLessThan(10);
    await producer.detach();
    await wal.close();
  });

  test("detach keeps the promises, frees the place, and refuses what comes later", async () => {
    const { wal, producer } = await open({ stripes: 1, durability: { mode: "async" } });
    expect(thrownWalError(() => wal.producerHandle({ path: "messages" })).code).toBe(
      "WAL_BACKPRESSURE",
    );
    producer.appendAsync(bytes("a"));
    await producer.detach();
    expect(wal.durableLsn).toBe(1);
    expect((await walError(producer.append(bytes("b")))).code).toBe("WAL_CLOSED");
    await attachProducer(wal.producerHandle({ path: "messages" })).detach();
    await wal.close();
  });

  test("a place taken back: who waits learns that nobody knows", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, stripes: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const producer = attachProducer(wal.producerHandle({ path: "messages", signal }));
    const held = storage.hold("create");
    const lost = walError(producer.append(bytes("a")));
    await held.reached;
    controller.abort();
    expect((await lost).code).toBe("WAL_OUTCOME_UNKNOWN");
    held.release();
    await wal.commit();
    expect(await texts(wal)).toEqual(["1:a"]);
    wal.producerHandle({ path: "messages" });
    await wal.close();
  });

  test("the log closes or fails: everybody is told", async () => {
    const { wal, producer } = await open();
    await producer.append(bytes("a"));
    await wal.close();
    expect((await walError(producer.append(bytes("b")))).code).toBe("WAL_CLOSED");

    const storage = new TestStorage();
    const second = await open({ storage });
    storage.failNth("sync", 1);
    expect((await walError(second.producer.append(bytes("a")))).code).toBe("WAL_STORAGE");
    expect((await walError(second.producer.append(bytes("b")))).code).toBe("WAL_POISONED");
    await second.wal.close();
  });
});
