/** Every public call on a log that is closing, closed or read-only: the documented error, nothing hangs. */
import { describe, expect, test } from "vitest";
import { type RecoveryMode, Wal, memoryStorage } from "../src/index.ts";
import { bytes, quiet, records, texts, thrownWalError, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

/** Calls that give a promise. */
const calls: Record<string, (wal: Wal) => Promise<unknown>> = {
  append: (wal) => wal.append(bytes("x")),
  "append synchronously": (wal) => wal.append(bytes("x"), { durability: "synchronous" }),
  appendBatch: (wal) => wal.appendBatch([bytes("x"), bytes("y")]),
  "appendBatch of nothing": (wal) => wal.appendBatch([]),
  commit: (wal) => wal.commit(),
  ready: (wal) => wal.ready(),
  flush: (wal) => wal.flush(),
  checkpoint: (wal) => wal.checkpoint(1),
  backup: (wal) => wal.backup(memoryStorage()),
  rotateKey: (wal) => wal.rotateKey(),
};

/** Calls that throw at once. */
const callsAtOnce: Record<string, (wal: Wal) => unknown> = {
  appendAsync: (wal) => wal.appendAsync(bytes("x")),
  appendSync: (wal) => wal.appendSync(bytes("x")),
  onDurable: (wal) => wal.onDurable(() => undefined),
};

/** Calls that only read. */
const reads: Record<string, (wal: Wal) => Promise<unknown>> = {
  read: (wal) => records(wal),
  "read on to the end": (wal) => records(wal, { follow: true }),
  readBatches: (wal) => wal.readBatches().next(),
  "read from behind the end": (wal) => records(wal, { from: 100 }),
  get: (wal) => wal.get(1),
};

async function closedLog(): Promise<Wal> {
  const wal = await Wal.open({ storage: memoryStorage() });
  await wal.append(bytes("1"));
  await wal.close();
  return wal;
}

describe("a closed log", () => {
  test.each(Object.entries({ ...calls, ...reads }))("%s: WAL_CLOSED", async (_name, call) => {
    expect((await walError(call(await closedLog()))).code).toBe("WAL_CLOSED");
  });

  test.each(Object.entries(callsAtOnce))("%s: WAL_CLOSED", async (_name, call) => {
    const wal = await closedLog();
    expect(thrownWalError(() => call(wal)).code).toBe("WAL_CLOSED");
  });

  test("still says what it knew", async () => {
    const wal = await closedLog();
    expect([wal.firstLsn, wal.durableLsn, wal.nextLsn, wal.checkpointLsn]).toEqual([1, 1, 2, 0]);
    expect(wal.stats()).toMatchObject({ appended: 1, durable: 1 });
    expect(wal.health.ok).toBe(true);
    expect(wal.head().lsn).toBe(1);
    expect(wal.keysInUse()).toEqual([]);
    await wal.durable(1);
  });

  test("closes again without doing anything, and can be opened again", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage });
    await wal.append(bytes("1"));
    const closing = [wal.close(), wal.close(), wal[Symbol.asyncDispose]()];
    await Promise.all(closing);
    const before = storage.calls.length;
    await wal.close();
    expect(storage.calls.length).toBe(before);
    expect(storage.count("release")).toBe(1);
    await (await Wal.open({ storage })).close();
  });
});

describe("a closing log", () => {
  /** A log whose close waits in its last sync. */
  async function closingLog(): Promise<{ wal: Wal; finish: () => Promise<void> }> {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage });
    await wal.append(bytes("1"));
    const sync = storage.hold("sync");
    const closed = wal.close();
    await sync.reached;
    return {
      wal,
      finish: () => {
        sync.release();
        return closed;
      },
    };
  }

  test.each(Object.entries({ ...calls, ...reads }))("%s: WAL_CLOSED", async (_name, call) => {
    const { wal, finish } = await closingLog();
    expect((await walError(call(wal))).code).toBe("WAL_CLOSED");
    await finish();
  });

  test.each(Object.entries(callsAtOnce))("%s: WAL_CLOSED", async (_name, call) => {
    const { wal, finish } = await closingLog();
    expect(thrownWalError(() => call(wal)).code).toBe("WAL_CLOSED");
    await finish();
  });

  test("answers who was waiting when close was called", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, stripeBytes: 1024 });
    await wal.append(bytes("1"));
    const sync = storage.hold("sync");
    const appended = [wal.append(new Uint8Array(900))];
    await sync.reached;
    appended.push(wal.append(new Uint8Array(900)));
    const waitsForRoom = walError(wal.append(new Uint8Array(900)));
    const ready = walError(wal.ready());
    const follows = walError(records(wal, { from: 4, follow: true }));
    const durable = wal.durable(3);
    const committed = wal.commit();
    const closed = wal.close();
    sync.release();
    expect(await Promise.all(appended)).toEqual([2, 3]);
    await Promise.all([durable, committed, closed]);
    expect((await waitsForRoom).code).toBe("WAL_CLOSED");
    expect((await ready).code).toBe("WAL_CLOSED");
    expect((await follows).code).toBe("WAL_CLOSED");
  });

  test("a reader in the middle of the log is told, too", async () => {
    const wal = await Wal.open({ storage: memoryStorage(), segmentBytes: 16 * 1024 });
    for (let i = 0; i < 20; i++) await wal.append(new Uint8Array(2000));
    const reading = wal.read();
    await reading.next();
    await wal.close();
    await expect(
      (async () => {
        for await (const _ of reading);
      })(),
    ).rejects.toMatchObject({ code: "WAL_CLOSED" });
  });
});

describe.each(["point-in-time", "salvage"] as const)("a read-only log (%s)", (recovery) => {
  async function readOnly(mode: RecoveryMode): Promise<Wal> {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage });
    await wal.append(bytes("1"));
    await wal.close();
    return Wal.open({ storage, recovery: mode });
  }

  test.each(Object.entries(calls))("%s: WAL_UNSUPPORTED", async (_name, call) => {
    const wal = await readOnly(recovery);
    expect((await walError(call(wal))).code).toBe("WAL_UNSUPPORTED");
    await wal.close();
  });

  test.each(Object.entries(callsAtOnce))("%s: WAL_UNSUPPORTED", async (_name, call) => {
    const wal = await readOnly(recovery);
    expect(thrownWalError(() => call(wal)).code).toBe("WAL_UNSUPPORTED");
    await wal.close();
  });

  test("reads, and says WAL_UNSUPPORTED where it would have to wait", async () => {
    const wal = await readOnly(recovery);
    expect(await texts(wal)).toEqual(["1:1"]);
    expect(await wal.get(1)).toMatchObject({ lsn: 1 });
    expect((await walError(records(wal, { follow: true }))).code).toBe("WAL_UNSUPPORTED");
    await quiet();
    await wal.close();
    expect((await walError(records(wal))).code).toBe("WAL_CLOSED");
  });

  test("writes nothing", async () => {
    const storage = new TestStorage();
    const before = await Wal.open({ storage });
    await before.append(bytes("1"));
    await before.close();
    const from = storage.calls.length;
    const wal = await Wal.open({ storage, recovery });
    await records(wal);
    await wal.close();
    expect(storage.changes(from)).toEqual([]);
    expect(storage.count("release")).toBe(2);
  });
});
