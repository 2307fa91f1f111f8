/** The remote log against a real one behind a message channel: the same calls, the same answers. */
import { describe, expect, test } from "vitest";
import { isWalError, memoryStorage, Wal } from "../src/index.ts";
import type { Durability, WalEvent } from "../src/index.ts";
import { behindPort, bytes, text, texts } from "./support/behind-port.ts";
import { slowStorage } from "./support/slow-storage.ts";

const modes: Durability[] = [
  { mode: "synchronous" },
  { mode: "group-commit", maxDelayMs: 1, maxBatchRecords: 50 },
  { mode: "async", flushIntervalMs: 1 },
  { mode: "async-batched", maxDelayMs: 1, maxBatchRecords: 5 },
];

describe.each(modes)("a remote log, $mode", (durability) => {
  test("numbers appends, batches and tickets in the order of the calls", async () => {
    const { remote, wal } = await behindPort({ durability });
    const first = remote.append(bytes("a"));
    const batch = remote.appendBatch([bytes("b"), bytes("c")]);
    const ticket = remote.appendAsync(bytes("d"));
    const last = remote.append(bytes("e"), { durability: "synchronous" });
    expect(await Promise.all([first, batch, last])).toEqual([1, [2, 3], 5]);
    await remote.durable(ticket);
    await remote.commit();
    expect(remote.durableLsn).toBe(5);
    expect(wal.durableLsn).toBe(5);
    expect(await texts(remote)).toEqual(["a", "b", "c", "d", "e"]);
    expect(remote.nextLsn).toBe(6);
    expect(remote.stats()).toMatchObject({ appended: 5, durable: 5, pending: 0 });
    expect(remote.health.ok).toBe(true);
    expect(remote.head()).toEqual(wal.head());
    expect(remote.durability).toEqual(durability);
  });

  test("a thousand callers are answered, each with the LSN of its own record", async () => {
    const { remote } = await behindPort({ durability });
    const lsns = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => remote.append(bytes(`record ${i}`))),
    );
    await remote.commit();
    const found = new Map<number, string>();
    for await (const { lsn, payload } of remote.read()) found.set(lsn, text(payload));
    expect(lsns.map((lsn) => found.get(lsn))).toEqual(lsns.map((_, i) => `record ${i}`));
    expect(found.size).toBe(1000);
  });

  test("what was acknowledged or committed is there after closing and opening again", async () => {
    const storage = memoryStorage();
    const { remote } = await behindPort({ storage, durability });
    for (let i = 0; i < 20; i++) remote.appendAsync(bytes(`${i}`));
    await remote.close();
    const again = await Wal.open({ storage });
    expect(await texts(again)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
    await again.close();
  });
});

describe("groups", () => {
  test("appends of one turn travel as one message and are answered by one", async () => {
    const { remote, port } = await behindPort();
    const sent: string[] = [];
    const heard: string[] = [];
    const post = port.postMessage.bind(port);
    port.postMessage = (message, transfer) => {
      sent.push((message as { kind: string }).kind);
      post(message, transfer);
    };
    port.addEventListener("message", (event) => {
      heard.push((event.data as { kind: string }).kind);
    });
    await Promise.all(Array.from({ length: 500 }, () => remote.append(new Uint8Array(128))));
    expect(sent).toEqual(["append"]);
    expect(heard).toEqual(["accepted"]);
  });

  test("while a group is on its way the next one forms", async () => {
    const slow = slowStorage(memoryStorage());
    const { remote, wal } = await behindPort({ storage: slow.storage });
    const first = remote.append(bytes("first"));
    await slow.syncing();
    const others = Array.from({ length: 10 }, (_, i) => remote.append(bytes(`${i}`)));
    slow.go();
    expect(await first).toBe(1);
    expect(await Promise.all(others)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(wal.stats().flushes).toBe(2);
  });

  test("the caller may reuse its bytes at once", async () => {
    const { remote } = await behindPort({ remote: { stripeBytes: 1024 } });
    const record = new Uint8Array(600).fill(1);
    const first = remote.append(record);
    record.fill(2);
    const waitsForRoom = remote.append(record);
    record.fill(3);
    await Promise.all([first, waitsForRoom]);
    const found = [];
    for await (const { payload } of remote.read()) found.push(payload[0], payload[599]);
    expect(found).toEqual([1, 1, 2, 2]);
  });

  test("records larger than every buffer pass alone", async () => {
    const { remote } = await behindPort({ remote: { stripeBytes: 1024 }, stripeBytes: 1024 });
    const sizes = [5000, 10, 200_000, 0];
    const lsns = await Promise.all(
      sizes.map((size) => remote.append(new Uint8Array(size).fill(7))),
    );
    expect(lsns).toEqual([1, 2, 3, 4]);
    const found = [];
    for await (const { payload } of remote.read()) found.push(payload.length);
    expect(found).toEqual(sizes);
  });

  test("a stripe of the log smaller than the group only delays it", async () => {
    const { remote } = await behindPort({ stripeBytes: 1024 });
    const lsns = await Promise.all([
      ...Array.from({ length: 40 }, () => remote.append(new Uint8Array(100))),
      remote.appendBatch(Array.from({ length: 5 }, () => new Uint8Array(100))),
      remote.append(new Uint8Array(100)),
    ]);
    expect(lsns.flat()).toEqual(Array.from({ length: 46 }, (_, i) => i + 1));
  });
});

test("flush, checkpoint, get, events", async () => {
  const events: WalEvent[] = [];
  const { remote } = await behindPort({
    durability: { mode: "async", flushIntervalMs: 60_000 },
    keepSegments: 0,
    segmentBytes: 16 * 1024,
    remote: { onEvent: (event) => events.push(event) },
  });
  for (let i = 0; i < 40; i++) remote.appendAsync(new Uint8Array(1000).fill(i));
  const flushed = await remote.flush();
  expect(flushed.records).toBe(40);
  await remote.commit();
  expect(await remote.flush()).toEqual({ records: 0, bytes: 0, durationMs: 0, rotated: false });
  expect((await remote.get(7))?.payload).toEqual(new Uint8Array(1000).fill(6));
  expect(await remote.get(99)).toBeUndefined();
  await remote.checkpoint(30);
  expect(remote.checkpointLsn).toBe(30);
  expect(remote.firstLsn).toBeGreaterThan(1);
  expect(events.map(({ type }) => type)).toContain("rotation");
  await expect(texts(remote, { from: 1 })).rejects.toMatchObject({
    code: "WAL_GAP",
    details: { lsn: 1, resumeLsn: remote.firstLsn },
  });
});

test("committed frames are told to listeners until they stop listening", async () => {
  const { remote } = await behindPort();
  const seen: number[] = [];
  const stop = remote.onDurable((frames) => seen.push(...frames.map(({ lastLsn }) => lastLsn)));
  await remote.append(bytes("a"));
  await remote.append(bytes("b"));
  stop();
  await remote.append(bytes("c"));
  await remote.refresh();
  expect(seen).toEqual([1, 2]);
});

test("an open that fails reaches the other side with code, details and cause", async () => {
  const storage = memoryStorage("busy");
  const lock = await storage.lock();
  await expect(behindPort({ storage })).rejects.toMatchObject({
    name: "WalError",
    code: "WAL_LOCKED",
    details: { holder: "this process" },
  });
  await lock.release();
  await expect(behindPort({ storage, stripes: 0 })).rejects.toThrow(
    new RangeError("stripes must be an integer from 1 to 1024, not 0"),
  );
});

test("close is idempotent; afterwards every call says that the log is closed", async () => {
  const storage = memoryStorage();
  const { remote } = await behindPort({ storage });
  await remote.append(bytes("a"));
  await Promise.all([remote.close(), remote.close()]);
  await expect(remote.append(bytes("b"))).rejects.toMatchObject({ code: "WAL_CLOSED" });
  await expect(remote.commit()).rejects.toMatchObject({ code: "WAL_CLOSED" });
  await expect(remote.get(1)).rejects.toMatchObject({ code: "WAL_CLOSED" });
  expect(() => remote.appendAsync(bytes("b"))).toThrow(/closed/u);
  await (await storage.lock()).release();
  await remote.durable(1);
  expect(isWalError(await remote.durable(2).catch((error: unknown) => error), "WAL_CLOSED")).toBe(
    true,
  );
});
