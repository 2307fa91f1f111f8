/** The situations of etcd's WAL tests: torn writes by sector, repair, cuts between files, reading on. */
import { describe, expect, test } from "vitest";
import { SimulatedStorage } from "../../src/index.ts";
import { openTail, outcome } from "../support/end-of-log.ts";
import { framesOf } from "../support/evidence.ts";
import { appendTo, killedLog, openOn } from "../support/log-images.ts";

const sector = 512;

describe("a torn write of the last record", () => {
  test("any one of its sectors is zero: not an error, the log ends before it", async () => {
    const image = await openTail(20);
    const [name = ""] = image.names;
    const last = framesOf(image, name).at(-1);
    const { offset = 0, size = 0 } = last ?? {};
    expect(size).toBeGreaterThan(sector);
    for (let at = offset; at < offset + size; at += sector) {
      expect(await outcome(image.clone().zero(name, at, sector))).toBe("1-19");
    }
  });

  test("the same in a record before it: damage", async () => {
    const image = await openTail(20);
    const [name = ""] = image.names;
    const { offset = 0, size = 0 } = framesOf(image, name).at(-2) ?? {};
    for (let at = offset; at < offset + size; at += sector) {
      expect(await outcome(image.clone().zero(name, at, sector))).toBe("WAL_CORRUPT");
    }
  });
});

describe("repair", () => {
  test.each([1, 7, 511, 512, 513, 600])(
    "%i bytes are missing at the end: opened, continued, opened again",
    async (missing) => {
      const image = await openTail(20);
      const [name = ""] = image.names;
      const storage = SimulatedStorage.from(
        image.truncate(name, image.content(name).length - missing),
      );
      const wal = await openOn(storage);
      const lastLsn = wal.durableLsn;
      // Padding may be missing: the record is whole without it.
      expect([19, 20]).toContain(lastLsn);
      await appendTo(wal, lastLsn + 3);
      await wal.close();
      const again = await openOn(storage);
      expect(again.durableLsn).toBe(lastLsn + 3);
      expect(again.recovery.tail).toBe("clean");
      await again.close();
    },
  );

  test("the torn file itself is never changed", async () => {
    const image = await openTail(20);
    const [name = ""] = image.names;
    const torn = image
      .truncate(name, image.content(name).length - 700)
      .content(name)
      .slice();
    const storage = SimulatedStorage.from(image);
    const wal = await openOn(storage);
    expect(storage.image().content(name)).toEqual(torn);
    await wal.close();
  });
});

describe("cuts between files", () => {
  test("a crash after each create, write and sync of a rotation loses nothing", async () => {
    const storage = new SimulatedStorage({ seed: 5 });
    const wal = await openOn(storage);
    const crashes: Promise<void>[] = [];
    storage.observe((_operation, moment) => {
      if (!moment.mutates) return;
      const acknowledged = wal.durableLsn;
      const snapshot = moment.snapshot();
      crashes.push(
        (async () => {
          const next = await openOn(snapshot.powerCut({ seed: crashes.length }));
          expect(next.durableLsn).toBeGreaterThanOrEqual(acknowledged);
          await next.close();
        })(),
      );
    });
    await appendTo(wal, 30);
    await wal.close();
    await Promise.all(crashes);
    expect(storage.names.length).toBeGreaterThan(2);
    expect(crashes.length).toBeGreaterThan(40);
  });

  test("the last file is empty, or half a header: what comes before is all there", async () => {
    const { image, lastLsn } = await killedLog(22);
    for (const size of [0, 1, 511, 512, 4096, 4608]) {
      const name = "00000000000000000077.wal";
      const born = image.clone().put(name, new Uint8Array(size));
      expect(await outcome(born), `${size} bytes`).toBe(`1-${lastLsn}`);
    }
  });

  test("a file in the middle is missing: refused", async () => {
    const { image } = await killedLog(22);
    expect(await outcome(image.remove(image.names[1] ?? ""))).toBe("WAL_CORRUPT");
  });
});
