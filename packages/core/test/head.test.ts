/** Rollback detection: a log that is older than a place its owner remembers is refused. */
import { describe, expect, test } from "vitest";
import { Wal, memoryStorage } from "../src/index.ts";
import { filesOf, storageOf } from "./golden/deterministic.ts";
import { bytes, quiet, texts, walError } from "./support/records.ts";

async function lives(count: number, each: number) {
  const storage = memoryStorage();
  const heads: { head: ReturnType<Wal["head"]>; files: Map<string, Uint8Array> }[] = [];
  for (let life = 0; life < count; life++) {
    const wal = await Wal.open({ storage });
    for (let n = 0; n < each; n++) {
      await wal.append(bytes(`${life}/${n}`));
      // What a repeat has made unnecessary is removed behind the caller's back.
      await quiet();
      heads.push({ head: wal.head(), files: await filesOf(storage) });
    }
    await wal.close();
  }
  return { storage, heads };
}

describe("minHead", () => {
  test("every place of the past is found again, through closes, kills and repeats", async () => {
    const { storage, heads } = await lives(3, 3);
    for (const { head } of heads) {
      const wal = await Wal.open({ storage, minHead: head });
      await wal.close();
    }
    for (const [i, { files }] of heads.entries()) {
      for (const { head } of heads.slice(0, i + 1)) {
        const wal = await Wal.open({ storage: await storageOf(files), minHead: head });
        expect(wal.nextLsn).toBe(i + 2);
        await wal.close();
      }
    }
  });

  test("an old copy put in place: WAL_ROLLBACK, nothing written, lock released", async () => {
    const { heads } = await lives(3, 2);
    for (const [i, { files }] of heads.entries()) {
      for (const { head } of heads.slice(i + 1)) {
        const storage = await storageOf(files);
        const error = await walError(Wal.open({ storage, minHead: head }));
        expect(error.code).toBe("WAL_ROLLBACK");
        expect(await filesOf(storage)).toEqual(files);
        await (await storage.lock()).release();
      }
    }
  });

  test("another history with as many records: WAL_ROLLBACK", async () => {
    const { heads } = await lives(1, 3);
    const storage = memoryStorage();
    const wal = await Wal.open({ storage });
    for (let n = 0; n < 5; n++) await wal.append(bytes(`other ${n}`));
    await wal.close();
    const error = await walError(Wal.open({ storage, minHead: heads[2]!.head }));
    expect(error.code).toBe("WAL_ROLLBACK");
  });

  test("an empty place: WAL_ROLLBACK; the head of an empty log asks for nothing", async () => {
    const { heads } = await lives(1, 1);
    const storage = memoryStorage();
    const error = await walError(Wal.open({ storage, minHead: heads[0]!.head }));
    expect(error.code).toBe("WAL_ROLLBACK");
    const wal = await Wal.open({ storage });
    const nothing = wal.head();
    expect(nothing).toEqual({ lsn: 0, chain: "0".repeat(32) });
    await wal.close();
    await (await Wal.open({ storage, minHead: nothing })).close();
  });

  test("what has been retired cannot be compared, and is accepted", async () => {
    const storage = memoryStorage();
    const small = { segmentBytes: 16 * 1024, keepSegments: 0 };
    const wal = await Wal.open({ storage, ...small });
    await wal.append(bytes("1"));
    const head = wal.head();
    for (let n = 0; n < 10; n++) await wal.append(new Uint8Array(3000));
    await wal.checkpoint(wal.durableLsn);
    await wal.close();
    const again = await Wal.open({ storage, ...small, minHead: head });
    expect(again.firstLsn).toBeGreaterThan(head.lsn);
    await again.close();
  });

  test.each([
    [{ lsn: -1, chain: "0".repeat(32) }, RangeError, /minHead\.lsn/],
    [{ lsn: "1", chain: "0".repeat(32) }, RangeError, /minHead\.lsn/],
    [{ lsn: 1, chain: "xyz" }, TypeError, /minHead\.chain/],
    [{ lsn: 1 }, TypeError, /minHead\.chain/],
    [7, TypeError, /minHead/],
  ])("%o is no head", async (minHead, type, message) => {
    const opening = Wal.open({ storage: memoryStorage(), minHead: minHead as never });
    const error = await opening.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect(String(error)).toMatch(message);
  });
});

test("reopening continues LSNs and shows what was there", async () => {
  const { storage } = await lives(4, 2);
  const wal = await Wal.open({ storage });
  expect(wal.nextLsn).toBe(9);
  expect(await texts(wal)).toEqual(
    ["0/0", "0/1", "1/0", "1/1", "2/0", "2/1", "3/0", "3/1"].map((line, i) => `${i + 1}:${line}`),
  );
  await wal.close();
});
