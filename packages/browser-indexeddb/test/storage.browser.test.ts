/** What this storage promises beyond the contract: rows, transactions, connections, and a log on the page. */
import { Wal, isWalError } from "@stria/core";
import { deleteDB, openDB } from "idb";
import { afterEach, describe, expect, test, vi } from "vitest";
import { databaseName, extentBytes } from "../src/database.ts";
import { type IndexedDbStorage, destroy, indexedDbStorage } from "../src/index.ts";
import { failNextTransaction } from "./support/failing-transaction.ts";

const log = "storage";
const opened: IndexedDbStorage[] = [];

function storageOf(name = log): IndexedDbStorage {
  const storage = indexedDbStorage(name, { lockTimeoutMs: 50 });
  opened.push(storage);
  return storage;
}

async function refusal(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return isWalError(error) ? error.code : error;
  }
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((storage) => storage.close()));
  await deleteDB(databaseName(log));
});

describe("bytes in extents", () => {
  test("random writes and cuts read as those of one array", async () => {
    const storage = storageOf();
    const file = await storage.create("f");
    const expected = new Uint8Array(200_000); // zeros behind the end, as the file would show if it grew
    let size = 0;
    let state = 7;
    const next = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    for (let step = 0; step < 60; step++) {
      if (next(5) === 0) {
        size = next(150_000);
        expected.fill(0, size);
        await file.truncate(size);
      } else {
        const [at, length] = [next(120_000), 1 + next(80_000)];
        const bytes = new Uint8Array(length).fill(1 + next(255));
        expected.set(bytes, at);
        size = Math.max(size, at + length);
        await file.write(bytes, at);
      }
      const into = new Uint8Array(size + 10).fill(0xee);
      expect(await file.read(into, 0)).toBe(size);
      // One by one: a difference is one number, not two arrays.
      expect(into.findIndex((byte, i) => byte !== (i < size ? expected[i] : 0xee))).toBe(-1);
    }
  });

  test("an append adds rows and rewrites none, none larger than a value stays in the database", async () => {
    const storage = storageOf();
    const file = await storage.create("f");
    await file.writeAndSync!(new Uint8Array(4096), 0);
    await file.writeAndSync!(new Uint8Array(100_000), 4096);
    const database = await openDB(databaseName(log));
    const rows = (await database.getAll("extents")) as { at: number; bytes: Uint8Array }[];
    database.close();
    expect(rows.map(({ at, bytes }) => [at, bytes.length, bytes.buffer.byteLength])).toEqual([
      [0, 4096, 4096],
      [4096, extentBytes, extentBytes],
      [4096 + extentBytes, extentBytes, extentBytes],
      [4096 + 2 * extentBytes, extentBytes, extentBytes],
      [4096 + 3 * extentBytes, 100_000 - 3 * extentBytes, 100_000 - 3 * extentBytes],
    ]);
  });

  test("a file removed under an open handle is an error, not zeros", async () => {
    const storage = storageOf();
    const file = await storage.create("f");
    await file.write(new Uint8Array(10), 0);
    await storage.remove("f");
    await expect(file.read(new Uint8Array(10), 0)).rejects.toThrow("f: no such file");
    await expect(file.write(new Uint8Array(10), 0)).rejects.toThrow("f: no such file");
    expect(await storage.list()).toEqual([]);
  });
});

describe("transactions", () => {
  test("every one that writes asks for strict durability", async () => {
    const begin = vi.spyOn(IDBDatabase.prototype, "transaction");
    const wal = await Wal.open({ storage: storageOf() });
    await wal.append(Uint8Array.of(1));
    await wal.close();
    const asked = begin.mock.calls
      .filter(([, mode]) => mode === "readwrite")
      .map(([, , options]) => options?.durability);
    begin.mockRestore();
    expect(asked.length).toBeGreaterThan(5);
    expect(new Set(asked)).toEqual(new Set(["strict"]));
  });

  test("an append is acknowledged after its transaction completed, not before", async () => {
    const wal = await Wal.open({ storage: storageOf() });
    await wal.append(Uint8Array.of(1));
    failNextTransaction("readwrite");
    expect(await refusal(wal.append(Uint8Array.of(2)))).toBe("WAL_STORAGE");
    expect(await refusal(wal.append(Uint8Array.of(3)))).toBe("WAL_POISONED");
    await wal.close();
    const again = await Wal.open({ storage: storageOf() });
    expect(again.recovery.records).toBe(1);
    await again.close();
  });
});

describe("a log on the page", () => {
  test("is written, closed, opened and read", async () => {
    const wal = await Wal.open({ storage: storageOf(), segmentBytes: 64 * 1024 });
    for (let i = 0; i < 40; i++) await wal.append(new Uint8Array(5000).fill(i));
    await wal.checkpoint(20);
    await wal.close();
    const again = await Wal.open({ storage: storageOf() });
    const bytes: number[] = [];
    for await (const { payload } of again.read({ from: 21 })) bytes.push(payload[4999]!);
    expect(bytes).toEqual(Array.from({ length: 20 }, (_, i) => 20 + i));
    await again.close();
  });

  test("has one writer, and readers beside it", async () => {
    const wal = await Wal.open({ storage: storageOf() });
    await wal.append(Uint8Array.of(9));
    expect(await refusal(Wal.open({ storage: storageOf() }))).toBe("WAL_LOCKED");
    const reader = await Wal.openReader({ storage: storageOf() });
    const found: number[] = [];
    for await (const { payload } of reader.read()) found.push(payload[0]!);
    expect(found).toEqual([9]);
    await reader.close();
    await wal.close();
  });

  test("waits for a browser that is slow to grant a free lock", async () => {
    const slow = vi.spyOn(navigator.locks, "request");
    // The first request is answered by nothing but the end of its patience.
    slow.mockImplementationOnce(
      ((_name: string, { signal }: { signal: AbortSignal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        })) as unknown as LockManager["request"],
    );
    const wal = await Wal.open({ storage: storageOf() });
    expect(slow).toHaveBeenCalledTimes(2);
    slow.mockRestore();
    await wal.close();
  });

  test("is poisoned, not silent, when its database is taken away", async () => {
    const wal = await Wal.open({ storage: storageOf() });
    await wal.append(Uint8Array.of(1));
    await deleteDB(databaseName(log)); // as when somebody clears the site's data
    expect(await refusal(wal.append(Uint8Array.of(2)))).toBe("WAL_STORAGE");
    await wal.close();
  });
});

describe("destroy", () => {
  test("refuses while a writer lives, and removes everything after it", async () => {
    const wal = await Wal.open({ storage: storageOf() });
    await wal.append(Uint8Array.of(1));
    expect(await refusal(destroy(log, { lockTimeoutMs: 50 }))).toBe("WAL_LOCKED");
    await wal.close();
    await destroy(log);
    const names = (await indexedDB.databases()).map(({ name }) => name);
    expect(names).not.toContain(databaseName(log));
  });
});

test("a database of a newer release is refused by its code", async () => {
  const newer = await openDB(databaseName(log), 99);
  newer.close();
  expect(await refusal(Wal.open({ storage: storageOf() }))).toBe("WAL_UNSUPPORTED_VERSION");
});

test("an empty name is a mistake of the caller", () => {
  expect(() => indexedDbStorage("")).toThrow(TypeError);
});
