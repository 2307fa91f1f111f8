/** What the calls that ask for durability mean, the same in all four modes; health, and the mark of an idle log. */
import { describe, expect, test } from "vitest";
import { type Durability, Wal } from "../src/index.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { bytes, quiet, texts, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

async function opened(
  durability?: Durability,
): Promise<{ wal: Wal; storage: TestStorage; clock: FakeClock }> {
  const storage = new TestStorage();
  const clock = new FakeClock();
  const wal = await Wal.open({ storage, clock, ...(durability && { durability }) });
  return { wal, storage, clock };
}

const slow: Durability[] = [
  { mode: "synchronous" },
  { mode: "group-commit", maxDelayMs: 100_000, maxBatchRecords: 1000 },
  { mode: "async", flushIntervalMs: 100_000 },
  { mode: "async-batched", maxDelayMs: 100_000, maxBatchRecords: 1000 },
];

describe.each(slow)("in every mode ($mode)", (durability) => {
  test("a call may ask to be synchronous; it takes along what came before it", async () => {
    const { wal } = await opened(durability);
    wal.appendAsync(bytes("1"));
    expect(await wal.append(bytes("2"), { durability: "synchronous" })).toBe(2);
    expect(wal.durableLsn).toBe(2);
    const batch = [bytes("3"), bytes("4")];
    expect(await wal.appendBatch(batch, { durability: "synchronous" })).toEqual([3, 4]);
    expect(wal.durableLsn).toBe(4);
    await wal.close();
  });

  test("a call cannot ask for anything else", async () => {
    const { wal } = await opened(durability);
    for (const word of ["async", "sync", 7]) {
      const options = { durability: word as "synchronous" };
      await expect(wal.append(bytes("1"), options)).rejects.toThrow(TypeError);
      await expect(wal.appendBatch([bytes("1")], options)).rejects.toThrow(/durability/);
    }
    expect(wal.nextLsn).toBe(1);
    await wal.close();
  });

  test("durable() and commit() do not wait for the delay", async () => {
    const { wal } = await opened(durability);
    const first = wal.appendAsync(bytes("1"));
    await wal.durable(first);
    expect(wal.durableLsn).toBe(1);
    wal.appendAsync(bytes("2"));
    wal.appendAsync(bytes("3"));
    await wal.commit();
    expect(wal.durableLsn).toBe(3);
    await wal.durable(1);
    await wal.close();
  });

  test("commit does not wait for the delay where several groups are needed", async () => {
    const storage = new TestStorage();
    const clock = new FakeClock();
    const wal = await Wal.open({ storage, clock, durability, segmentBytes: 16 * 1024 });
    for (let i = 0; i < 20; i++) wal.appendAsync(new Uint8Array(3000));
    await wal.commit();
    expect(wal.durableLsn).toBe(20);
    expect(wal.stats().rotations).toBeGreaterThan(5);
    await wal.close();
  });

  test("durable() of an LSN that was never given out: RangeError that names the range", async () => {
    const { wal } = await opened(durability);
    await expect(wal.durable(1)).rejects.toThrow(RangeError);
    wal.appendAsync(bytes("1"));
    await expect(wal.durable(2)).rejects.toThrow(/lsn.* 1 to 1, not 2/);
    await expect(wal.durable(0)).rejects.toThrow(RangeError);
    await expect(wal.durable(1.5)).rejects.toThrow(RangeError);
    await wal.close();
  });

  test("commit covers what was appended before it, not what comes during its sync", async () => {
    const { wal, storage } = await opened(durability);
    wal.appendAsync(bytes("1"));
    await wal.commit();
    const sync = storage.hold("sync");
    wal.appendAsync(bytes("2"));
    const committed = wal.commit();
    await sync.reached;
    wal.appendAsync(bytes("3"));
    sync.release();
    await committed;
    expect(wal.durableLsn).toBe(2);
    await wal.close();
    expect(wal.durableLsn).toBe(3);
  });

  test("close writes and syncs what is pending", async () => {
    const { wal, storage } = await opened(durability);
    for (let n = 1; n <= 5; n++) wal.appendAsync(bytes(`${n}`));
    await wal.close();
    const again = await Wal.open({ storage });
    expect((await texts(again)).length).toBe(5);
    expect(again.recovery).toMatchObject({ tail: "clean", carried: 0 });
    await again.close();
  });

  test("an abort stops the wait and undoes nothing", async () => {
    const { wal, storage } = await opened(durability);
    wal.appendAsync(bytes("1"));
    await wal.commit();
    const sync = storage.hold("sync");
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [
      walError(wal.append(bytes("2"), { signal, durability: "synchronous" })),
      walError(wal.appendBatch([bytes("3")], { signal, durability: "synchronous" })),
      walError(wal.durable(2, { signal })),
      walError(wal.commit({ signal })),
    ];
    await sync.reached;
    controller.abort();
    for (const error of await Promise.all(calls)) expect(error.code).toBe("WAL_ABORTED");
    const before = wal.nextLsn;
    const late = walError(wal.append(bytes("never"), { signal }));
    expect(await late).toMatchObject({ details: { outcome: "not-written" } });
    expect(wal.nextLsn).toBe(before);
    expect(wal.stats().waitingForDurability).toBe(0);
    sync.release();
    await wal.commit();
    expect(await texts(wal)).toEqual(["1:1", "2:2", "3:3"]);
    await wal.close();
  });
});

describe("health", () => {
  test("the heartbeat shows for how long a storage call has been running", async () => {
    const { wal, storage, clock } = await opened();
    await wal.append(bytes("1"));
    expect(wal.health).toMatchObject({ ok: true, flushingForMs: 0, lastFlushAt: clock.now() });
    const sync = storage.hold("sync");
    const appended = wal.append(bytes("2"));
    await sync.reached;
    clock.advance(5000);
    expect(wal.health).toMatchObject({ ok: true, flushingForMs: 5000 });
    clock.advance(6000);
    expect(wal.health).toMatchObject({ ok: false, consecutiveFlushErrors: 0 });
    expect(wal.health.reason).toContain("11000 ms");
    sync.release();
    await appended;
    expect(wal.health).toMatchObject({ ok: true, flushingForMs: 0 });
    await wal.close();
  });

  test("lastFlushAt moves with every way to become durable", async () => {
    const { wal, clock } = await opened({ mode: "group-commit", maxDelayMs: 1000 });
    expect(wal.health.lastFlushAt).toBe(0);
    wal.appendAsync(bytes("1"));
    clock.advance(1);
    await wal.flush();
    expect(wal.health.lastFlushAt).toBe(clock.now());
    clock.advance(1);
    wal.appendSync(bytes("2"));
    expect(wal.health.lastFlushAt).toBe(clock.now());
    await wal.close();
  });
});

test("an idle log vouches for its last group with a mark, once", async () => {
  const { wal, storage, clock } = await opened();
  await wal.append(bytes("1"));
  await quiet();
  const from = storage.calls.length;
  clock.advance(50);
  await quiet();
  expect(storage.changes(from).map(({ verb }) => verb)).toEqual(["write", "sync"]);
  clock.advance(1000);
  await quiet();
  expect(storage.changes(from).length).toBe(2);
  const reader = await Wal.openReader({ storage });
  expect(await texts(reader)).toEqual(["1:1"]);
  await reader.close();
  await wal.close();
});
