/**
 * The first failed write or sync ends the log: everybody who waits learns what is known of his record,
 * nothing is written any more, reads stay open, close only lets go.
 */
import { describe, expect, test } from "vitest";
import { Wal, memoryStorage } from "../src/index.ts";
import { FakeClock } from "./support/fake-clock.ts";
import {
  block,
  bytes,
  quiet,
  records,
  texts,
  thrownWalError,
  walError,
} from "./support/records.ts";
import { TestStorage, type Verb, ioError } from "./support/test-storage.ts";

/** A log with one durable record, poisoned by the next append. */
async function poisonedLog(): Promise<{ wal: Wal; storage: TestStorage }> {
  const storage = new TestStorage();
  const wal = await Wal.open({ storage });
  await wal.append(bytes("1"));
  storage.failNth("sync", 1);
  await walError(wal.append(bytes("2")));
  storage.fault = undefined;
  return { wal, storage };
}

const refused: Record<string, (wal: Wal) => Promise<unknown>> = {
  append: (wal) => wal.append(bytes("x")),
  "append synchronously": (wal) => wal.append(bytes("x"), { durability: "synchronous" }),
  appendBatch: (wal) => wal.appendBatch([bytes("x")]),
  "durable of what was lost": (wal) => wal.durable(2),
  commit: (wal) => wal.commit(),
  ready: (wal) => wal.ready(),
  flush: (wal) => wal.flush(),
  checkpoint: (wal) => wal.checkpoint(1),
  backup: (wal) => wal.backup(memoryStorage()),
  "read on to what never comes": (wal) => records(wal, { follow: true }),
};

describe("a poisoned log", () => {
  test.each(Object.entries(refused))("%s: WAL_POISONED", async (_name, call) => {
    const { wal, storage } = await poisonedLog();
    const from = storage.calls.length;
    const error = await walError(call(wal));
    expect(error.code).toBe("WAL_POISONED");
    expect(error.message).toContain("EIO");
    expect(storage.changes(from)).toEqual([]);
    await wal.close();
  });

  test("appendAsync, appendSync and rotateKey refuse, too", async () => {
    const { wal } = await poisonedLog();
    const error = thrownWalError(() => wal.appendAsync(bytes("x")));
    expect(error).toMatchObject({ code: "WAL_POISONED", details: { outcome: "not-written" } });
    expect(thrownWalError(() => wal.appendSync(bytes("x"))).code).toBe("WAL_POISONED");
    await wal.close();
  });

  test("reads stay open: what was durable is there, the rest is not shown", async () => {
    const { wal } = await poisonedLog();
    expect(await texts(wal)).toEqual(["1:1"]);
    expect(await wal.get(1)).toMatchObject({ lsn: 1 });
    expect(await wal.get(2)).toBeUndefined();
    await wal.durable(1);
    expect(wal.durableLsn).toBe(1);
    expect(wal.health).toMatchObject({ ok: false, consecutiveFlushErrors: 1 });
    await wal.close();
  });

  test("close writes nothing, closes its file, releases the lock; recovery decides", async () => {
    const { wal, storage } = await poisonedLog();
    const from = storage.calls.length;
    await wal.close();
    expect(storage.changes(from)).toEqual([]);
    expect(storage.calls.slice(from).map(({ verb }) => verb)).toContain("close");
    expect(storage.count("release")).toBe(1);
    const again = await Wal.open({ storage });
    // The second record reached the memory, though its sync failed: it may be there, and it is whole.
    expect(await texts(again)).toEqual(["1:1", "2:2"]);
    expect(again.recovery).toMatchObject({ tail: "clean", carried: 1 });
    await again.close();
  });
});

/** Everything that can wait, at the same time. */
async function everybody(wal: Wal): Promise<Promise<unknown>[]> {
  const { nextLsn } = wal;
  const waiting: Promise<unknown>[] = [
    wal.append(bytes("a")),
    wal.appendBatch([bytes("b"), bytes("c")]),
    wal.append(bytes("d"), { signal: new AbortController().signal }),
    wal.durable(nextLsn),
    wal.commit(),
    wal.flush(),
    records(wal, { from: nextLsn, follow: true }),
  ];
  for (let i = 0; i < 12; i++) waiting.push(wal.append(block(i, 200)));
  waiting.push(wal.ready());
  return waiting;
}

const faults: [verb: Verb, nth: number][] = [
  ["create", 1],
  ["write", 1],
  ["write", 2],
  ["write", 3],
  ["sync", 1],
  ["sync", 2],
  ["sync", 3],
  ["syncDirectory", 1],
];
const codes = ["WAL_STORAGE", "WAL_POISONED"];

describe.each(faults)("EIO on %s number %i", (verb, nth) => {
  test("everybody who waits is refused, nothing is written after it", async () => {
    const storage = new TestStorage();
    storage.failNth(verb, nth);
    const events: string[] = [];
    const wal = await Wal.open({
      storage,
      stripeBytes: 1024,
      onEvent: ({ type }) => type === "poison" && events.push(type),
    });
    const waiting = await everybody(wal);
    const outcomes = await Promise.allSettled(waiting);
    const failed = outcomes.filter(({ status }) => status === "rejected");
    expect(failed.length).toBeGreaterThan(0);
    for (const outcome of failed) {
      const error: unknown = outcome.status === "rejected" ? outcome.reason : undefined;
      expect(codes).toContain((error as { code: string }).code);
    }
    const at = storage.failedAt;
    expect(storage.calls[at]?.verb).toBe(verb);
    expect(storage.changes(at + 1)).toEqual([]);
    expect(events).toEqual(["poison"]);
    expect(wal.stats()).toMatchObject({ waitingForRoom: 0, waitingForDurability: 0 });
    const kept = await texts(wal);
    await wal.close();
    expect(storage.changes(at + 1)).toEqual([]);

    storage.fault = undefined;
    const again = await Wal.open({ storage });
    expect((await texts(again)).slice(0, kept.length)).toEqual(kept);
    await again.append(bytes("on"));
    await again.close();
  });
});

describe("what a failed append is told", () => {
  test("unknown once it was handed to the storage, not-written while it was not", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, stripeBytes: 1024 });
    await wal.append(bytes("1"));
    const sync = storage.hold("sync");
    const written = walError(wal.append(bytes("2")));
    await sync.reached;
    const buffered = walError(wal.append(new Uint8Array(900)));
    const outside = walError(wal.append(new Uint8Array(900)));
    storage.failNth("sync", 1);
    sync.release();
    expect(await written).toMatchObject({
      code: "WAL_STORAGE",
      details: { lsn: 2, outcome: "unknown" },
      cause: { code: "EIO" },
    });
    expect(await buffered).toMatchObject({
      code: "WAL_STORAGE",
      details: { lsn: 3, outcome: "not-written" },
    });
    expect(await outside).toMatchObject({
      code: "WAL_POISONED",
      details: { outcome: "not-written" },
    });
    await wal.close();
  });

  test("a segment that could not be created: nothing was written", async () => {
    const storage = new TestStorage();
    storage.failNth("create", 1, Object.assign(new Error("disk full"), { code: "ENOSPC" }));
    const wal = await Wal.open({ storage });
    expect(await walError(wal.append(bytes("1")))).toMatchObject({
      code: "WAL_NO_SPACE",
      details: { outcome: "not-written" },
    });
    await wal.close();
  });

  // On a full disk append said WAL_NO_SPACE and appendSync WAL_POISONED, "an earlier write failed":
  // whoever looked for the one code missed the other.
  test("appendSync: the code of what went wrong, as append has it; the outcome is unknown", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage });
    wal.appendSync(bytes("1"));
    storage.failNth("sync", 1, Object.assign(new Error("disk full"), { code: "ENOSPC" }));
    expect(thrownWalError(() => wal.appendSync(bytes("2")))).toMatchObject({
      code: "WAL_NO_SPACE",
      details: { outcome: "unknown" },
      cause: { code: "ENOSPC" },
    });
    expect(thrownWalError(() => wal.appendSync(bytes("3"))).code).toBe("WAL_POISONED");
    await wal.close();
  });
});

describe("failures nobody waits for", () => {
  test("a background sync that fails is told to the next caller and to events", async () => {
    const storage = new TestStorage();
    const clock = new FakeClock();
    const poisons: string[] = [];
    const wal = await Wal.open({
      storage,
      clock,
      durability: { mode: "async" },
      onEvent: (event) => event.type === "poison" && poisons.push(event.error.code),
    });
    const lsn = await wal.append(bytes("1"));
    storage.fault = ({ verb }) => (verb === "sync" ? ioError(verb) : undefined);
    clock.advance(10);
    await quiet();
    expect(poisons).toEqual(["WAL_STORAGE"]);
    expect((await walError(wal.durable(lsn))).code).toBe("WAL_POISONED");
    expect((await walError(wal.append(bytes("2")))).code).toBe("WAL_POISONED");
    expect((await walError(wal.close())).code).toBe("WAL_POISONED");
  });

  test("an idle mark that fails", async () => {
    const storage = new TestStorage();
    const clock = new FakeClock();
    const wal = await Wal.open({ storage, clock });
    await wal.append(bytes("1"));
    await quiet();
    storage.failNth("write", 1);
    clock.advance(50);
    await quiet();
    expect(wal.health.ok).toBe(false);
    expect(await texts(wal)).toEqual(["1:1"]);
    await wal.close();
  });

  test("a close that cannot make the last records durable rejects, and releases the lock", async () => {
    const storage = new TestStorage();
    const clock = new FakeClock();
    const wal = await Wal.open({ storage, clock, durability: { mode: "async" } });
    await wal.append(bytes("1"));
    storage.failNth("sync", 2);
    const closing = wal.close();
    expect((await walError(closing)).code).toBe("WAL_STORAGE");
    expect((await walError(wal.close())).code).toBe("WAL_STORAGE");
    expect(storage.count("release")).toBe(1);
    storage.fault = undefined;
    await (await Wal.open({ storage })).close();
  });

  test("files that cannot be removed are an event, not a failure", async () => {
    const storage = new TestStorage();
    const events: string[] = [];
    const wal = await Wal.open({
      storage,
      segmentBytes: 16 * 1024,
      keepSegments: 0,
      onEvent: ({ type }) => events.push(type),
    });
    for (let i = 0; i < 12; i++) await wal.append(block(i, 1500));
    storage.failNth("remove", 1);
    await wal.checkpoint(wal.durableLsn);
    // One that stays does not keep the others from going.
    expect(events.filter((type) => type.startsWith("retention"))).toEqual([
      "retention-failed",
      "retention",
    ]);
    storage.fault = undefined;
    await wal.append(bytes("more"));
    await quiet();
    expect(events.filter((type) => type.startsWith("retention"))).toEqual([
      "retention-failed",
      "retention",
      "retention",
    ]);
    expect(wal.health.ok).toBe(true);
    await wal.close();
  });
});
