/** The four durability modes by a clock that moves when told: when a group is due, what append waits for. */
import { describe, expect, test } from "vitest";
import { type Durability, Wal, memoryStorage } from "../src/index.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { bytes, quiet, texts } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

async function opened(
  durability?: Durability,
): Promise<{ wal: Wal; storage: TestStorage; clock: FakeClock }> {
  const storage = new TestStorage();
  const clock = new FakeClock();
  const wal = await Wal.open({ storage, clock, ...(durability && { durability }) });
  return { wal, storage, clock };
}

describe("synchronous", () => {
  test("whoever arrives during a sync forms the next group, and is not covered by it", async () => {
    const { wal, storage } = await opened();
    await wal.append(bytes("1"));
    const first = storage.hold("sync");
    const inFlight = wal.append(bytes("2"));
    await first.reached;
    const second = storage.hold("sync");
    const answered: number[] = [];
    const arrived = Array.from({ length: 10 }, (_, i) =>
      wal.append(bytes(`${i}`)).then((lsn) => answered.push(lsn)),
    );
    first.release();
    expect(await inFlight).toBe(2);
    await second.reached;
    await quiet();
    expect(answered).toEqual([]);
    expect(wal.durableLsn).toBe(2);
    second.release();
    await Promise.all(arrived);
    expect(answered).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(wal.stats()).toMatchObject({ flushes: 3, durable: 12 });
    await wal.close();
  });

  test("appends of one turn share a sync", async () => {
    const { wal } = await opened();
    await Promise.all(Array.from({ length: 100 }, (_, i) => wal.append(bytes(`${i}`))));
    expect(wal.stats()).toMatchObject({ flushes: 1, syncs: 1, frames: 1, durable: 100 });
    await wal.close();
  });
});

describe("group-commit", () => {
  const mode = { mode: "group-commit", maxDelayMs: 10, maxBatchRecords: 3 } as const;

  test("a group waits for its delay and not longer", async () => {
    const { wal, clock } = await opened(mode);
    const appended = wal.append(bytes("1"));
    clock.advance(6);
    const later = wal.append(bytes("2"));
    clock.advance(3);
    await quiet();
    expect(wal.durableLsn).toBe(0);
    clock.advance(1);
    expect(await Promise.all([appended, later])).toEqual([1, 2]);
    expect(wal.stats().flushes).toBe(1);
    await wal.close();
  });

  test("a full batch does not wait for the clock", async () => {
    const { wal } = await opened(mode);
    const appended = [1, 2, 3].map((n) => wal.append(bytes(`${n}`)));
    expect(await Promise.all(appended)).toEqual([1, 2, 3]);
    await wal.close();
  });

  test("no wake-up is lost: records that arrive during a sync get their own delay", async () => {
    const { wal, storage, clock } = await opened(mode);
    await Promise.all([1, 2, 3].map((n) => wal.append(bytes(`${n}`))));
    const sync = storage.hold("sync");
    const group = [4, 5, 6].map((n) => wal.append(bytes(`${n}`)));
    await sync.reached;
    const late = wal.append(bytes("7"));
    const full = storage.hold("sync");
    sync.release();
    await Promise.all(group);
    await quiet();
    expect(wal.durableLsn).toBe(6);
    clock.advance(10);
    await full.reached;
    // The batch fills while the group before it is being synced.
    const batch = [8, 9, 10].map((n) => wal.append(bytes(`${n}`)));
    full.release();
    expect(await late).toBe(7);
    expect(await Promise.all(batch)).toEqual([8, 9, 10]);
    await wal.close();
  });

  test("any arrival pattern is answered by the clock alone", async () => {
    const { wal, clock } = await opened(mode);
    const waiting: Promise<number>[] = [];
    for (let step = 0; step < 200; step++) {
      for (let n = 0; n < (step * 7) % 5; n++) waiting.push(wal.append(bytes("x")));
      if (step % 3 === 0) await quiet();
      clock.advance(step % 4);
    }
    for (let step = 0; step < 5; step++) {
      clock.advance(10);
      await quiet();
    }
    expect(await Promise.all(waiting)).toEqual(waiting.map((_, i) => i + 1));
    await wal.close();
  });
});

describe("async", () => {
  test("append resolves when buffered; written and synced every interval", async () => {
    const { wal, storage, clock } = await opened({ mode: "async", flushIntervalMs: 10 });
    const before = storage.calls.length;
    expect(await wal.append(bytes("1"))).toBe(1);
    expect(await wal.appendBatch([bytes("2"), bytes("3")])).toEqual([2, 3]);
    await quiet();
    expect(storage.calls.length).toBe(before);
    clock.advance(10);
    await wal.durable(3);
    expect(wal.durableLsn).toBe(3);
    await wal.append(bytes("4"));
    clock.advance(10);
    await wal.durable(4);
    await wal.close();
  });

  test("flush writes without syncing; the sync follows with the interval", async () => {
    const { wal, storage, clock } = await opened({ mode: "async", flushIntervalMs: 10 });
    await wal.append(bytes("1"));
    await wal.commit();
    await wal.append(bytes("2"));
    const syncs = storage.count("sync");
    expect((await wal.flush()).records).toBe(1);
    expect(storage.count("sync")).toBe(syncs);
    expect(wal.durableLsn).toBe(1);
    expect(await texts(wal)).toEqual(["1:1"]);
    clock.advance(10);
    await wal.durable(2);
    expect(storage.count("sync")).toBe(syncs + 1);
    await wal.close();
  });

  test("a stripe half full is flushed before the interval", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({
      storage,
      clock: new FakeClock(),
      stripeBytes: 1024,
      durability: { mode: "async", flushIntervalMs: 1_000_000 },
    });
    for (let i = 0; i < 50; i++) await wal.append(new Uint8Array(200));
    await quiet();
    expect(wal.durableLsn).toBeGreaterThan(40);
    await wal.close();
  });
});

describe("async-batched", () => {
  const mode = { mode: "async-batched", maxDelayMs: 10, maxBatchRecords: 4 } as const;

  test("written and synced by the batch", async () => {
    const { wal } = await opened(mode);
    for (let n = 1; n <= 4; n++) await wal.append(bytes(`${n}`));
    await quiet();
    expect(wal.durableLsn).toBe(4);
    await wal.close();
  });

  test("or by the delay", async () => {
    const { wal, clock } = await opened(mode);
    await wal.append(bytes("1"));
    clock.advance(9);
    await quiet();
    expect(wal.durableLsn).toBe(0);
    clock.advance(1);
    await quiet();
    expect(wal.durableLsn).toBe(1);
    await wal.close();
  });
});

test("the default mode is synchronous", async () => {
  const wal = await Wal.open({ storage: memoryStorage() });
  expect(wal.durability).toEqual({ mode: "synchronous" });
  await wal.close();
});
