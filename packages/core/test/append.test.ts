/** What can be appended: sizes at the edges, batches that are all or nothing, blocking appends. */
import { equalBytes } from "../src/format/bytes.ts";
import { describe, expect, test } from "vitest";
import { type Storage, Wal, memoryStorage } from "../src/index.ts";
import { filesOf, storageOf } from "./golden/deterministic.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { block, bytes, records, texts, thrownWalError, walError } from "./support/records.ts";
import { TestStorage } from "./support/test-storage.ts";

describe("sizes", () => {
  test("records of 0 bytes and of maxRecordBytes come back as they were", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, maxRecordBytes: 5000, stripeBytes: 1024 });
    const sizes = [0, 5000, 0, 1, 1019, 1020, 1021, 1024, 5000, 0];
    for (const [i, size] of sizes.entries()) expect(await wal.append(block(i, size))).toBe(i + 1);
    for (const [i, { payload }] of (await records(wal)).entries()) {
      expect(payload).toEqual(block(i, sizes[i]!));
    }
    await wal.close();
    const again = await Wal.open({ storage });
    expect((await records(again)).map(({ payload }) => payload.length)).toEqual(sizes);
    await again.close();
  });

  test("one byte more than maxRecordBytes is refused before it gets an LSN", async () => {
    const wal = await Wal.open({ storage: memoryStorage(), maxRecordBytes: 100 });
    const large = new Uint8Array(101);
    const refusals = [
      walError(wal.append(large)),
      walError(wal.appendBatch([bytes("a"), large])),
      walError(wal.appendBatch([new Uint8Array(60), new Uint8Array(60)])),
      Promise.resolve(thrownWalError(() => wal.appendAsync(large))),
      Promise.resolve(thrownWalError(() => wal.appendSync(large))),
    ];
    for (const error of await Promise.all(refusals)) {
      expect(error).toMatchObject({
        code: "WAL_RECORD_TOO_LARGE",
        details: { outcome: "not-written" },
      });
    }
    expect([wal.nextLsn, wal.stats().appended, wal.stats().pending]).toEqual([1, 0, 0]);
    expect(await wal.append(new Uint8Array(100))).toBe(1);
    await wal.close();
  });

  test("a record larger than the stripe, the frame and the segment gets its own segment", async () => {
    const storage = memoryStorage();
    const options = { storage, stripeBytes: 1024, frameBytes: 2048, segmentBytes: 16 * 1024 };
    const wal = await Wal.open(options);
    const sizes = [10, 100_000, 10, 50_000, 50_000, 3000, 10];
    const appended = sizes.map((size, i) => wal.append(block(i, size)));
    expect(await Promise.all(appended)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const check = async (log: Wal): Promise<void> => {
      const found = await records(log);
      // Not `toEqual`: it takes seconds for arrays of this size.
      const same = found.map(({ payload }, i) => equalBytes(payload, block(i, sizes[i]!)));
      expect(same).toEqual(sizes.map(() => true));
      expect(equalBytes((await log.get(5))!.payload, block(4, 50_000))).toBe(true);
    };
    await check(wal);
    await wal.close();
    expect((await storage.list()).length).toBeGreaterThanOrEqual(4);
    const again = await Wal.open(options);
    await check(again);
    await again.close();
  });

  test("a full file of an adapter with small files: records and batches at the limit still fit", async () => {
    const limit = 64 * 1024;
    const storage = new TestStorage(memoryStorage(), { maxFileBytes: limit });
    storage.fault = ({ verb, at = 0, length = 0 }) =>
      verb === "write" && at + length > limit
        ? Object.assign(new Error("no room in the file"), { code: "ENOSPC" })
        : undefined;
    const wal = await Wal.open({ storage });
    const most = limit - 8192 - 2560 - 512;
    await wal.append(new Uint8Array(most));
    expect((await walError(wal.append(new Uint8Array(most + 1)))).code).toBe(
      "WAL_RECORD_TOO_LARGE",
    );
    // Many empty records: four bytes each on disk, none in the payload.
    const empty = Array.from({ length: most / 4 }, () => new Uint8Array(0));
    expect((await wal.appendBatch(empty)).length).toBe(empty.length);
    const more = [...empty, ...empty.slice(0, 2000)];
    expect((await walError(wal.appendBatch(more))).code).toBe("WAL_RECORD_TOO_LARGE");
    expect(wal.health.ok).toBe(true);
    await wal.close();
  });

  describe("marks and seals never outgrow an adapter's small files", () => {
    function smallFiles(limit: number, inner: Storage = memoryStorage()): TestStorage {
      const storage = new TestStorage(inner, { maxFileBytes: limit });
      storage.fault = ({ verb, at = 0, length = 0 }) =>
        verb === "write" && at + length > limit
          ? Object.assign(new Error("no room in the file"), { code: "ENOSPC" })
          : undefined;
      return storage;
    }

    test("marks behind a full segment whose seal has a full index", async () => {
      const wal = await Wal.open({ storage: smallFiles(1024 * 1024), keepSegments: 1000 });
      // 253 frames of one index step each fill the segment.
      for (let i = 0; i < 253; i++) await wal.append(block(i, 4096 - 48 - 4));
      for (let lsn = 1; lsn <= 10; lsn++) await wal.checkpoint(lsn);
      await wal.append(bytes("next segment"));
      expect(wal.health).toMatchObject({ ok: true });
      expect((await records(wal)).length).toBe(254);
      await wal.close();
    });

    test.each(["async", "synchronous"] as const)(
      "what a kill leaves unvouched can be repeated, though every frame grows (%s)",
      async (mode) => {
        const storage = memoryStorage();
        const wal = await Wal.open({
          storage: smallFiles(64 * 1024, storage),
          clock: new FakeClock(),
          durability: { mode },
          frameBytes: 512,
        });
        // Frames that fill their sector to the last byte, none vouched for by a later one.
        const full = new Uint8Array(512 - 48 - 4);
        const appended: Promise<number>[] = [];
        for (let i = 0; i < 100; i++) {
          appended.push(wal.append(full));
          if (mode === "async") await wal.flush();
        }
        await Promise.all(appended);
        const files = await filesOf(storage);
        const again = await Wal.open({ storage: smallFiles(64 * 1024, await storageOf(files)) });
        expect(again.recovery.carried).toBeGreaterThan(20);
        expect((await records(again)).length).toBe(100);
        await again.append(bytes("on"));
        await again.close();
      },
    );

    test("the largest record behind marks in an otherwise empty segment", async () => {
      const storage = smallFiles(64 * 1024);
      const first = await Wal.open({ storage });
      for (let i = 0; i < 3; i++) await first.append(new Uint8Array(20_000));
      await first.close();
      const wal = await Wal.open({ storage });
      for (let lsn = 1; lsn <= 3; lsn++) await wal.checkpoint(lsn);
      await wal.append(new Uint8Array(64 * 1024 - 8192 - 2560 - 512));
      expect(wal.health).toMatchObject({ ok: true });
      await wal.close();
      const again = await Wal.open({ storage });
      expect([again.checkpointLsn, (await records(again)).length]).toEqual([3, 4]);
      await again.close();
    });
  });
});

describe("arguments", () => {
  test.each(["text", undefined, null, 7, [1, 2], new ArrayBuffer(4), {}])(
    "%s is no record: TypeError, no LSN",
    async (value) => {
      const wal = await Wal.open({ storage: memoryStorage() });
      const wrong = value as Uint8Array;
      await expect(wal.append(wrong)).rejects.toThrow(TypeError);
      await expect(wal.appendBatch([bytes("a"), wrong])).rejects.toThrow(TypeError);
      expect(() => wal.appendAsync(wrong)).toThrow(TypeError);
      expect(() => wal.appendSync(wrong)).toThrow(TypeError);
      expect(wal.nextLsn).toBe(1);
      await wal.close();
    },
  );

  test("a batch must be an array", async () => {
    const wal = await Wal.open({ storage: memoryStorage() });
    await expect(wal.appendBatch(bytes("a") as unknown as Uint8Array[])).rejects.toThrow(TypeError);
    await wal.close();
  });

  test("the caller may reuse its bytes at once, while it waits for room, too", async () => {
    // A Node Buffer's own slice() is a view: a copy must not be taken with it.
    const storage = new TestStorage();
    const wal = await Wal.open({ storage, stripeBytes: 1024 });
    await wal.append(bytes("born"));
    const sync = storage.hold("sync");
    const appended = [wal.append(Buffer.alloc(900, "a"))];
    await sync.reached;
    const reused = Buffer.alloc(900, "b");
    appended.push(wal.append(reused));
    reused.fill("!");
    const waiting = Buffer.alloc(900, "c");
    appended.push(wal.append(waiting));
    const batch = [Buffer.alloc(800, "d"), Buffer.alloc(8, "d")];
    const batched = wal.appendBatch(batch);
    waiting.fill("!");
    for (const record of batch) record.fill("!");
    sync.release();
    await Promise.all([...appended, batched]);
    const first = (await texts(wal)).map((line) => line.slice(0, 3));
    expect(first).toEqual(["1:b", "2:a", "3:b", "4:c", "5:d", "6:d"]);
    await wal.close();
  });
});

describe("batches", () => {
  test("a failed oversized batch leaves nothing: no LSN, no byte, no hole", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, maxRecordBytes: 1000 });
    await wal.append(bytes("1"));
    const batch = [bytes("never"), new Uint8Array(999)];
    expect((await walError(wal.appendBatch(batch))).code).toBe("WAL_RECORD_TOO_LARGE");
    expect(await wal.append(bytes("2"))).toBe(2);
    await wal.close();
    const again = await Wal.open({ storage });
    expect(await texts(again)).toEqual(["1:1", "2:2"]);
    await again.close();
  });

  test("a batch is one frame, even beyond frameBytes and the stripe", async () => {
    const wal = await Wal.open({ storage: memoryStorage(), frameBytes: 512, stripeBytes: 1024 });
    const frames: [number, number][] = [];
    wal.onDurable((committed) => {
      for (const { firstLsn, lastLsn } of committed) frames.push([firstLsn, lastLsn]);
    });
    await Promise.all([
      wal.append(bytes("1")),
      wal.appendBatch([block(1, 500), block(2, 500), block(3, 500)]),
      wal.append(bytes("5")),
      wal.appendBatch([block(4, 400), block(5, 400)]),
    ]);
    expect(frames.some(([first, last]) => first <= 2 && last >= 4)).toBe(true);
    expect(frames.filter(([first, last]) => last >= 6 && first <= 7).length).toBe(1);
    await wal.close();
  });

  test("batches and records of several callers keep the order of the calls", async () => {
    const wal = await Wal.open({ storage: memoryStorage(), stripeBytes: 1024 });
    const calls: Promise<unknown>[] = [];
    const expected: string[] = [];
    for (let i = 0; i < 60; i++) {
      const name = `${i}`.padEnd(90, ".");
      if (i % 3 === 0) calls.push(wal.appendBatch([bytes(name), bytes(name)]));
      else calls.push(wal.append(bytes(name)));
      expected.push(...(i % 3 === 0 ? [name, name] : [name]));
    }
    await Promise.all(calls);
    expect(await texts(wal)).toEqual(expected.map((name, i) => `${i + 1}:${name}`));
    await wal.close();
  });
});
