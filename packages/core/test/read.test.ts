/** Reading: ranges, seeking, following, aborting, across rotations; a group never straddles segments. */
import { describe, expect, test } from "vitest";
import { type CommittedFrame, Wal, type WalEvent, memoryStorage } from "../src/index.ts";
import { segmentName } from "../src/format/segment-name.ts";
import { block, bytes, quiet, records, texts, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

const small = { segmentBytes: 16 * 1024 };

async function filled(count: number, size = 700): Promise<Wal> {
  const wal = await Wal.open({ storage: memoryStorage(), ...small });
  for (let lsn = 1; lsn <= count; lsn++) await wal.append(block(lsn, size));
  return wal;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}

async function lsns(wal: Wal, options?: Parameters<Wal["read"]>[0]): Promise<number[]> {
  return (await records(wal, options)).map(({ lsn }) => lsn);
}

describe("read", () => {
  test("every range, each record with its own bytes", async () => {
    const wal = await filled(40);
    for (let from = 1; from <= 41; from += 3) {
      for (let to = from - 1; to <= 42; to += 4) {
        expect(await lsns(wal, { from, to })).toEqual(range(from, Math.min(to, 40)));
      }
    }
    for (const { lsn, payload } of await records(wal)) expect(payload).toEqual(block(lsn, 700));
    await wal.close();
  });

  test("last: n", async () => {
    const wal = await filled(25);
    expect(await lsns(wal, { last: 3 })).toEqual([23, 24, 25]);
    expect(await lsns(wal, { last: 0 })).toEqual([]);
    expect(await lsns(wal, { last: 100 })).toEqual(range(1, 25));
    expect(await lsns(wal, { last: 5, to: 23 })).toEqual([21, 22, 23]);
    await wal.close();
  });

  test("get: every record by itself, undefined for those that are not there", async () => {
    const wal = await filled(30);
    for (let lsn = 1; lsn <= 30; lsn++) {
      expect((await wal.get(lsn))?.payload).toEqual(block(lsn, 700));
    }
    expect(await wal.get(31)).toBeUndefined();
    await expect(wal.get(0)).rejects.toThrow(RangeError);
    await wal.close();
  });

  test("readBatches gives the same records in arrays", async () => {
    const wal = await filled(30);
    const found: number[] = [];
    for await (const batch of wal.readBatches({ from: 5, to: 28 })) {
      expect(batch.length).toBeGreaterThan(0);
      found.push(...batch.map(({ lsn }) => lsn));
    }
    expect(found).toEqual(range(5, 28));
    await wal.close();
  });

  test("an empty log has nothing, wherever one starts", async () => {
    const wal = await Wal.open({ storage: memoryStorage() });
    expect(await lsns(wal)).toEqual([]);
    expect(await lsns(wal, { from: 7 })).toEqual([]);
    expect(await lsns(wal, { last: 7 })).toEqual([]);
    expect(await wal.get(1)).toBeUndefined();
    await wal.close();
  });

  test("a reader sees only what is durable", async () => {
    const storage = new TestStorage();
    const wal = await Wal.open({ storage });
    await wal.append(bytes("1"));
    const sync = storage.hold("sync");
    const appended = wal.append(bytes("2"));
    await sync.reached;
    expect(await texts(wal)).toEqual(["1:1"]);
    expect(await wal.get(2)).toBeUndefined();
    sync.release();
    await appended;
    expect(await texts(wal)).toEqual(["1:1", "2:2"]);
    await wal.close();
  });

  test.each([
    [{ from: 0 }, RangeError, /from/],
    [{ from: 1.5 }, RangeError, /from/],
    [{ to: -1 }, RangeError, /to/],
    [{ last: -1 }, RangeError, /last/],
    [{ from: 1, last: 1 }, TypeError, /from or last/],
  ])("%o is refused", async (options, type, message) => {
    const wal = await filled(2);
    const failure = await records(wal, options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(type);
    expect(String(failure)).toMatch(message);
    await wal.close();
  });

  test("payloads are the reader's to keep and to change", async () => {
    const wal = await filled(3);
    const first = await records(wal);
    for (const { payload } of first) payload.fill(0);
    expect((await records(wal)).map(({ payload }) => payload)).toEqual(
      [1, 2, 3].map((lsn) => block(lsn, 700)),
    );
    await wal.close();
  });
});

describe("follow", () => {
  test("goes on with new durable records, across rotations, until it is aborted", async () => {
    const wal = await filled(5);
    const controller = new AbortController();
    const { signal } = controller;
    const seen: number[] = [];
    const following = (async () => {
      for await (const { lsn } of wal.read({ from: 3, follow: true, signal })) {
        seen.push(lsn);
        if (lsn === 40) controller.abort();
      }
    })();
    for (let lsn = 6; lsn <= 40; lsn++) await wal.append(block(lsn, 700));
    expect((await walError(following)).code).toBe("WAL_ABORTED");
    expect(seen).toEqual(range(3, 40));
    expect(wal.stats().waitingForDurability).toBe(0);
    await wal.close();
  });

  test("starts where nothing is yet, and ends at `to`", async () => {
    const wal = await Wal.open({ storage: memoryStorage() });
    const following = lsns(wal, { from: 3, to: 4, follow: true });
    for (let n = 1; n <= 6; n++) await wal.append(bytes(`${n}`));
    expect(await following).toEqual([3, 4]);
    await wal.close();
  });

  test("an abort before and while it waits", async () => {
    const wal = await filled(2);
    const aborted = AbortSignal.abort(new Error("enough"));
    const early = await walError(records(wal, { signal: aborted }));
    expect(early).toMatchObject({ code: "WAL_ABORTED", cause: { message: "enough" } });
    const controller = new AbortController();
    const waits = walError(records(wal, { follow: true, signal: controller.signal }));
    await quiet();
    controller.abort();
    expect((await waits).name).toBe("AbortError");
    await wal.close();
  });

  test("a reader that is left behind does not keep the next one waiting", async () => {
    const wal = await filled(30);
    for await (const { lsn } of wal.read()) if (lsn === 7) break;
    expect(await lsns(wal, { from: 25 })).toEqual(range(25, 30));
    await wal.close();
  });
});

describe("rotation", () => {
  test("a group never straddles segments; each segment starts where the last one ended", async () => {
    const events: WalEvent[] = [];
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small, onEvent: (event) => events.push(event) });
    const frames: CommittedFrame[] = [];
    wal.onDurable((committed) => frames.push(...committed));
    for (let i = 0; i < 30; i++) {
      await wal.appendBatch([block(i, 300), block(i + 1, 300), block(i + 2, 300)]);
    }
    for (const { firstLsn, lastLsn } of frames) {
      expect([(firstLsn - 1) % 3, lastLsn % 3]).toEqual([0, 0]);
    }
    const rotations = events.filter(({ type }) => type === "rotation");
    expect(rotations.length).toBe(wal.stats().rotations);
    expect(rotations[0]).toEqual({
      type: "rotation",
      sealed: segmentName(1),
      next: segmentName(2),
    });
    expect(wal.stats().segments).toBe(rotations.length + 1);
    await wal.close();
    const again = await Wal.open({ storage, ...small });
    expect(await lsns(again)).toEqual(range(1, 90));
    for (const from of [2, 31, 59, 88]) expect((await lsns(again, { from }))[0]).toBe(from);
    await again.close();
  });

  test("flush says whether it rotated", async () => {
    const wal = await Wal.open({
      storage: memoryStorage(),
      ...small,
      durability: { mode: "group-commit", maxDelayMs: 100_000, maxBatchRecords: 1_000_000 },
    });
    wal.appendAsync(new Uint8Array(100));
    expect(await wal.flush()).toMatchObject({ records: 1, rotated: false });
    for (let i = 0; i < 3; i++) wal.appendAsync(new Uint8Array(4000));
    expect(await wal.flush()).toMatchObject({ records: 3, rotated: true });
    await wal.close();
  });

  test("seeking in sealed segments of another life uses their index", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, segmentBytes: 1024 * 1024 });
    for (let lsn = 1; lsn <= 200; lsn++) await wal.append(block(lsn, 20_000));
    await wal.close();
    const watched = new TestStorage(storage);
    const again = await Wal.open({ storage: watched });
    const from = watched.calls.length;
    expect((await again.get(30))?.payload).toEqual(block(30, 20_000));
    const reads = watched.calls.slice(from).filter(({ verb }) => verb === "read");
    // The seal at the end, then a block that starts at most a few frames before the record.
    const start = reads.at(-1)!.at!;
    expect(start).toBeGreaterThan(8192 + 20 * 20_000);
    await again.close();
  });
});
