/** The blocking append: durable when it returns, refused where it would have to wait for what somebody asked for. */
import { describe, expect, test } from "vitest";
import { Wal, memoryStorage } from "../src/index.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { block, bytes, quiet, records, texts, thrownWalError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

describe("appendSync", () => {
  test("is durable when it returns, takes along what was pending", async () => {
    const clock = new FakeClock();
    const durability = { mode: "async", flushIntervalMs: 1000 } as const;
    const wal = await Wal.open({ storage: memoryStorage(), clock, durability });
    wal.appendAsync(bytes("1"));
    wal.appendAsync(bytes("2"));
    expect(wal.appendSync(bytes("3"))).toBe(3);
    expect(wal.durableLsn).toBe(3);
    expect(wal.stats()).toMatchObject({ durable: 3, pending: 0 });
    expect(await texts(wal)).toEqual(["1:1", "2:2", "3:3"]);
    await wal.close();
  });

  test("makes room, rotates, writes records larger than everything", async () => {
    const wal = await Wal.open({
      storage: memoryStorage(),
      stripeBytes: 1024,
      segmentBytes: 16 * 1024,
    });
    for (let i = 1; i <= 40; i++) expect(wal.appendSync(block(i, 900))).toBe(i);
    expect(wal.appendSync(block(41, 40_000))).toBe(41);
    expect(wal.stats().rotations).toBeGreaterThan(1);
    expect((await records(wal)).map(({ payload }) => payload.length).at(-1)).toBe(40_000);
    await wal.close();
  });

  test("refuses while an asynchronous write is in flight, and works after it", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage });
    await wal.append(bytes("1"));
    const sync = storage.hold("sync");
    const appended = wal.append(bytes("2"));
    await sync.reached;
    expect(thrownWalError(() => wal.appendSync(bytes("x")))).toMatchObject({
      code: "WAL_BACKPRESSURE",
      details: { outcome: "not-written" },
    });
    expect(wal.nextLsn).toBe(3);
    sync.release();
    await appended;
    expect(wal.appendSync(bytes("3"))).toBe(3);
    expect(await wal.append(bytes("4"))).toBe(4);
    await wal.close();
  });

  test("is not refused for the mark of an idle log, which nobody asked for", async () => {
    const storage = new TestStorage();
    const clock = new FakeClock();
    const wal = await Wal.open({ storage, clock });
    expect(wal.appendSync(bytes("1"))).toBe(1);
    expect(await wal.append(bytes("2"))).toBe(2);
    await quiet();
    const from = storage.calls.length;
    clock.advance(50);
    expect(storage.changes(from).length).toBeGreaterThan(0);
    expect(wal.appendSync(bytes("3"))).toBe(3);
    await wal.close();
  });

  test("WAL_UNSUPPORTED where the storage cannot block", async () => {
    const storage = new TestStorage(memoryStorage(), { synchronous: false });
    const wal = await Wal.open({ storage });
    expect(thrownWalError(() => wal.appendSync(bytes("x"))).code).toBe("WAL_UNSUPPORTED");
    await wal.close();
  });
});
