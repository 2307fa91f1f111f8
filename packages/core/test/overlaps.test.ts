/**
 * Calls that overlap in ways nobody planned: what a reviewer found by interleaving every call with
 * every other one. Each test tells what went wrong before.
 */
import { describe, expect, test } from "vitest";
import { Wal, memoryStorage } from "../src/index.ts";
import { block, bytes, quiet, records, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

const small = { segmentBytes: 16 * 1024, keepSegments: 0 };

describe("overlapping calls", () => {
  test("an append that waits for room is answered when appendSync made the room", async () => {
    const wal = await Wal.open({ storage: memoryStorage(), stripeBytes: 1024 });
    const full = [1, 2, 3, 4].map((n) => wal.append(block(n, 250)));
    const waiting = wal.append(block(5, 250));
    const last = wal.appendSync(block(6, 250));
    expect(await Promise.all([...full, waiting])).toEqual([1, 2, 3, 4, 5]);
    expect(last).toBe(6);
    await wal.close();
  });

  test("who asks after the failure for a record that was written is told: unknown", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, durability: { mode: "async", flushIntervalMs: 1 } });
    const lsn = await wal.append(bytes("written, not synced"));
    // The first one belongs to the segment's birth.
    storage.failNth("sync", 2);
    const failed = await walError(wal.commit());
    expect(failed.details.outcome).toBe("unknown");
    expect((await walError(wal.durable(lsn))).details.outcome).toBe("unknown");
    expect((await walError(wal.commit())).details.outcome).toBe("unknown");
    expect((await walError(wal.flush())).details.outcome).toBe("unknown");
    expect((await walError(wal.append(bytes("more")))).details.outcome).toBe("not-written");
    await walError(wal.close());
  });

  test("a directory sync that fails after files were removed poisons the log", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, ...small });
    for (let i = 0; i < 12; i++) await wal.append(block(i, 1500));
    storage.failNth("syncDirectory", 1);
    const error = await walError(wal.checkpoint(wal.durableLsn));
    expect(error.code).toBe("WAL_STORAGE");
    expect(wal.health.ok).toBe(false);
    await wal.close();
  });

  test("a backup of a log whose newest segment holds no frame opens", async () => {
    const storage = memoryStorage();
    const first = await Wal.open({ storage, ...small });
    for (let i = 0; i < 12; i++) await first.append(block(i, 1500));
    await first.close();
    const wal = await Wal.open({ storage, ...small });
    await wal.checkpoint(5);
    const target = memoryStorage("copy");
    await wal.backup(target);
    const copy = await Wal.open({ storage: target });
    expect(await records(copy)).toEqual(await records(wal));
    await copy.close();
    await wal.close();
  });

  test("a backup that close overtakes leaves no log behind, and close leaves no handle", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, ...small });
    const target = memoryStorage("copy");
    const appended = wal.append(bytes("one"));
    const backup = wal.backup(target).then(
      () => "done",
      ({ code }: { code: string }) => code,
    );
    await appended;
    await wal.close();
    expect(["done", "WAL_CLOSED"]).toContain(await backup);
    await quiet();
    const opened = storage.calls.filter(({ verb }) => verb === "open" || verb === "create");
    const closed = storage.calls.filter(({ verb }) => verb === "close");
    expect(closed.length).toBe(opened.length);
  });

  test("a checkpoint made while another one fails does not resolve", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, ...small });
    for (let i = 0; i < 3; i++) await wal.append(bytes(`${i}`));
    storage.failNth("write", 1);
    const both = await Promise.allSettled([wal.checkpoint(2), wal.checkpoint(2)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(wal.checkpointLsn).toBe(0);
    await wal.close();
  });

  test("a reader outside is told of the gap after every checkpoint, not only after the first", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small });
    for (let i = 0; i < 12; i++) await wal.append(block(i, 1500));
    const reader = await Wal.openReader({ storage });
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 12; i++) await wal.append(block(i, 1500));
      await reader.refresh();
      const old = reader.firstLsn;
      await wal.checkpoint(wal.durableLsn - 1);
      expect(await reader.get(old)).toBeUndefined();
      const error = await walError(reader.read({ from: old }).next());
      expect(error).toMatchObject({ code: "WAL_GAP", details: { resumeLsn: wal.firstLsn } });
    }
    await reader.close();
    await wal.close();
  });
});
