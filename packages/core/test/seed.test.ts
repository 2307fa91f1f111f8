/** The system this log descends from tested these promises; each of its tests has its counterpart here. */
import { describe, expect, test } from "vitest";
import { Wal, memoryStorage } from "../src/index.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { block, bytes, quiet, texts } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

describe("creation", () => {
  test("a new log has appended nothing and gives LSN 1 next", async () => {
    const wal = await Wal.open({ storage: memoryStorage() });
    expect(wal.stats()).toMatchObject({ appended: 0, durable: 0, pending: 0, bytes: 0 });
    expect([wal.firstLsn, wal.nextLsn, wal.durableLsn, wal.checkpointLsn]).toEqual([1, 1, 0, 0]);
    await wal.close();
  });

  test("mode and storage can be read back", async () => {
    const storage = memoryStorage("here");
    const wal = await Wal.open({ storage, durability: { mode: "async", flushIntervalMs: 7 } });
    expect(wal.storage).toBe(storage);
    expect(wal.storage.name).toBe("memory:here");
    expect(wal.durability).toEqual({ mode: "async", flushIntervalMs: 7 });
    await wal.close();
  });

  test("a life without appends leaves no file", async () => {
    const storage = memoryStorage();
    await (await Wal.open({ storage })).close();
    expect(await storage.list()).toEqual([]);
  });
});

describe("appending", () => {
  test("synchronous append", async () => {
    const wal = await Wal.open({ storage: memoryStorage() });
    expect(await wal.append(bytes("1"))).toBe(1);
    expect(wal.stats().appended).toBe(1);
    await wal.close();
  });

  test("synchronous append returns only when the record is durable", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage });
    await wal.append(bytes("born"));
    const sync = storage.hold("sync");
    let answered = false;
    const appended = wal.append(bytes("held")).then((lsn) => {
      answered = true;
      return lsn;
    });
    await sync.reached;
    await quiet();
    expect(answered).toBe(false);
    expect(wal.durableLsn).toBe(1);
    sync.release();
    expect(await appended).toBe(2);
    expect(wal.stats().durable).toBe(2);
    expect(await wal.appendBatch([bytes("a"), bytes("b")])).toEqual([3, 4]);
    expect(wal.stats().durable).toBe(4);
    await wal.close();
  });

  test("more appends than a tiny stripe holds", async () => {
    const wal = await Wal.open({ storage: memoryStorage(), stripeBytes: 1024 });
    for (let i = 1; i <= 64; i++) expect(await wal.append(block(i, 100))).toBe(i);
    const together = Array.from({ length: 64 }, (_, i) => wal.append(block(65 + i, 100)));
    expect(await Promise.all(together)).toEqual(together.map((_, i) => 65 + i));
    expect(wal.stats()).toMatchObject({ appended: 128, durable: 128 });
    await wal.close();
  });

  test("async append, then flush and commit", async () => {
    const clock = new FakeClock();
    const durability = { mode: "async", flushIntervalMs: 10_000 } as const;
    const wal = await Wal.open({ storage: memoryStorage(), clock, durability });
    for (let i = 1; i <= 10; i++) expect(await wal.append(bytes(`${i}`))).toBe(i);
    expect(wal.stats()).toMatchObject({ appended: 10, durable: 0, pending: 10 });
    expect((await wal.flush()).records).toBe(10);
    expect(wal.stats()).toMatchObject({ pending: 0, durable: 0 });
    await wal.commit();
    expect(wal.stats().durable).toBe(10);
    await wal.close();
    expect(wal.stats().durable).toBe(10);
  });

  test("concurrent appends get different, dense LSNs and keep their order", async () => {
    const durability = { mode: "async", flushIntervalMs: 100 } as const;
    const wal = await Wal.open({ storage: memoryStorage(), durability, stripes: 4 });
    const producers = Array.from({ length: 4 }, async (_, producer) => {
      const lsns: number[] = [];
      for (let i = 0; i < 100; i++) lsns.push(await wal.append(bytes(`${producer}/${i}`)));
      return lsns;
    });
    const lsns = await Promise.all(producers);
    expect(new Set(lsns.flat()).size).toBe(400);
    expect(Math.max(...lsns.flat())).toBe(400);
    for (const own of lsns) expect(own).toEqual(own.toSorted((a, b) => a - b));
    await wal.commit();
    const found = await texts(wal);
    for (const [producer, own] of lsns.entries()) {
      for (const [i, lsn] of own.entries()) expect(found[lsn - 1]).toBe(`${lsn}:${producer}/${i}`);
    }
    await wal.close();
  });
});

describe("flushing", () => {
  test("flush persists exactly what was pending", async () => {
    const clock = new FakeClock();
    const durability = { mode: "group-commit", maxDelayMs: 10_000 } as const;
    const wal = await Wal.open({ storage: memoryStorage(), clock, durability });
    for (let i = 1; i <= 5; i++) wal.appendAsync(bytes(`${i}`));
    const stats = await wal.flush();
    expect(stats).toMatchObject({ records: 5, bytes: 25, rotated: false });
    expect(wal.durableLsn).toBe(5);
    await wal.close();
  });

  test("an empty flush gives zeros, an empty commit returns at once", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage });
    const before = storage.calls.length;
    expect(await wal.flush()).toEqual({ records: 0, bytes: 0, durationMs: 0, rotated: false });
    await wal.commit();
    expect(storage.calls.length).toBe(before);
    await wal.append(bytes("1"));
    expect(await wal.flush()).toEqual({ records: 0, bytes: 0, durationMs: 0, rotated: false });
    await wal.commit();
    await wal.close();
  });

  test("group commit flushes in the background", async () => {
    const clock = new FakeClock();
    const durability = { mode: "group-commit", maxDelayMs: 10, maxBatchRecords: 10 } as const;
    const wal = await Wal.open({ storage: memoryStorage(), clock, durability });
    const appended = Array.from({ length: 5 }, (_, i) => wal.append(bytes(`${i}`)));
    await quiet();
    expect(wal.durableLsn).toBe(0);
    clock.advance(10);
    expect(await Promise.all(appended)).toEqual([1, 2, 3, 4, 5]);
    expect(wal.stats()).toMatchObject({ durable: 5, flushes: 1 });
    await wal.close();
  });

  test("close flushes the rest", async () => {
    const storage = memoryStorage();
    const durability = { mode: "async", flushIntervalMs: 100 } as const;
    const wal = await Wal.open({ storage, clock: new FakeClock(), durability });
    for (let i = 1; i <= 5; i++) wal.appendAsync(bytes(`${i}`));
    await wal.close();
    expect(wal.stats().durable).toBe(5);
    const again = await Wal.open({ storage });
    expect(await texts(again)).toEqual(["1:1", "2:2", "3:3", "4:4", "5:5"]);
    await again.close();
  });
});

describe("batches", () => {
  const modes = [
    { mode: "synchronous" },
    { mode: "async", flushIntervalMs: 10_000 },
    { mode: "group-commit", maxDelayMs: 0 },
    { mode: "async-batched", maxDelayMs: 10_000 },
  ] as const;

  test.each(modes)("a batch gets contiguous LSNs ($mode)", async (durability) => {
    const wal = await Wal.open({ storage: memoryStorage(), clock: new FakeClock(), durability });
    expect(await wal.appendBatch([bytes("a"), bytes("b"), bytes("c")])).toEqual([1, 2, 3]);
    expect(await wal.appendBatch([])).toEqual([]);
    expect(wal.stats().appended).toBe(3);
    const large = Array.from({ length: 100 }, (_, i) => block(i, 1000));
    expect(await wal.appendBatch(large)).toEqual(large.map((_, i) => i + 4));
    expect(wal.stats().appended).toBe(103);
    await wal.close();
  });

  test("an empty batch appends nothing", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage });
    expect(await wal.appendBatch([])).toEqual([]);
    expect(wal.stats().appended).toBe(0);
    await wal.close();
    expect(await storage.list()).toEqual([]);
  });
});

test("the first failure is what three consecutive ones were: health and events say so", async () => {
  const storage = new TestStorage();
  const events: string[] = [];
  const wal = await Wal.open({ storage, onEvent: ({ type }) => events.push(type) });
  await wal.append(bytes("1"));
  expect(wal.health).toMatchObject({ ok: true, consecutiveFlushErrors: 0 });
  storage.failNth("sync", 1);
  await expect(wal.append(bytes("2"))).rejects.toMatchObject({ code: "WAL_STORAGE" });
  expect(wal.health).toMatchObject({
    ok: false,
    consecutiveFlushErrors: 1,
    poisoned: { code: "WAL_POISONED" },
  });
  expect(wal.health.reason).toContain("EIO");
  expect(events).toEqual(["poison"]);
  await wal.close();
});
