/** Where a remote log says no: full, too large, wrong; and who is told. */
import { describe, expect, test } from "vitest";
import { memoryStorage } from "../src/index.ts";
import { RemoteWal } from "../src/remote/index.ts";
import { behindPort, texts } from "./support/behind-port.ts";
import { slowStorage } from "./support/slow-storage.ts";

describe("limits", () => {
  test("a full outbox: appendAsync refuses, append waits, ready tells", async () => {
    const slow = slowStorage(memoryStorage());
    const { remote } = await behindPort({ storage: slow.storage, remote: { stripeBytes: 1024 } });
    remote.appendAsync(new Uint8Array(900));
    await slow.syncing();
    expect(() => remote.appendAsync(new Uint8Array(900))).toThrow(
      expect.objectContaining({ code: "WAL_BACKPRESSURE" }),
    );
    const waiting = remote.append(new Uint8Array(900));
    const ready = remote.ready();
    slow.go();
    expect(await waiting).toBe(2);
    await ready;
    expect(remote.stats().stripes.at(-1)).toMatchObject({ pendingRecords: 0, waits: 3 });
  });

  test("records and the array of a batch are the caller's again at once, also while the batch waits for room", async () => {
    const slow = slowStorage(memoryStorage());
    const { remote } = await behindPort({ storage: slow.storage, remote: { stripeBytes: 1024 } });
    const first = remote.append(new Uint8Array(900));
    await slow.syncing();
    const record = Buffer.alloc(900, "a");
    const batch = [record];
    const waiting = remote.appendBatch(batch);
    record.fill("b");
    batch.length = 0;
    slow.go();
    expect(await Promise.all([first, waiting])).toEqual([1, [2]]);
    expect((await texts(remote, { from: 2 }))[0]).toBe("a".repeat(900));
  });

  test("who waits for room longer than maxAppendBlockMs is refused", async () => {
    const slow = slowStorage(memoryStorage());
    const { remote } = await behindPort({
      storage: slow.storage,
      remote: { stripeBytes: 1024, maxAppendBlockMs: 1 },
    });
    const first = remote.append(new Uint8Array(900));
    await slow.syncing();
    await expect(remote.append(new Uint8Array(900))).rejects.toMatchObject({
      code: "WAL_BACKPRESSURE",
      details: { outcome: "not-written" },
    });
    slow.go();
    expect(await first).toBe(1);
  });

  test("too large for the remote, too large for the log", async () => {
    const { remote } = await behindPort({ maxRecordBytes: 100, remote: { maxRecordBytes: 200 } });
    await expect(remote.append(new Uint8Array(201))).rejects.toMatchObject({
      code: "WAL_RECORD_TOO_LARGE",
    });
    const [ok, refused, batch, after] = await Promise.allSettled([
      remote.append(new Uint8Array(100)),
      remote.append(new Uint8Array(101)),
      remote.appendBatch([new Uint8Array(60), new Uint8Array(60)]),
      remote.append(new Uint8Array(1)),
    ]);
    expect(ok).toMatchObject({ value: 1 });
    expect(refused).toMatchObject({ reason: { code: "WAL_RECORD_TOO_LARGE" } });
    expect(batch).toMatchObject({ reason: { code: "WAL_RECORD_TOO_LARGE" } });
    expect(after).toMatchObject({ value: 2 });
  });

  test("a ticket the log refused rejects in durable and once in commit", async () => {
    const { remote } = await behindPort({ maxRecordBytes: 100 });
    const refused = remote.appendAsync(new Uint8Array(101));
    const good = remote.appendAsync(new Uint8Array(100));
    await expect(remote.durable(refused)).rejects.toMatchObject({ code: "WAL_RECORD_TOO_LARGE" });
    await remote.durable(good);
    await expect(remote.commit()).rejects.toMatchObject({ code: "WAL_RECORD_TOO_LARGE" });
    await remote.commit();
    expect(remote.durableLsn).toBe(1);
  });

  test("wrong arguments are TypeErrors and RangeErrors, as at the log itself", async () => {
    const { remote } = await behindPort();
    await expect(remote.append("text" as never)).rejects.toBeInstanceOf(TypeError);
    await expect(remote.appendBatch([1] as never)).rejects.toBeInstanceOf(TypeError);
    const asked = { durability: "later" as "synchronous" };
    await expect(remote.append(new Uint8Array(1), asked)).rejects.toBeInstanceOf(TypeError);
    await expect(remote.durable(17)).rejects.toBeInstanceOf(RangeError);
    await expect(remote.checkpoint(17)).rejects.toBeInstanceOf(RangeError);
    await expect(texts(remote, { from: 0 })).rejects.toBeInstanceOf(RangeError);
    await expect(texts(remote, { from: 1, last: 1 })).rejects.toBeInstanceOf(TypeError);
    expect(() => RemoteWal.detached({ stripeBytes: 1 })).toThrow(RangeError);
    expect(await remote.appendBatch([])).toEqual([]);
  });
});
