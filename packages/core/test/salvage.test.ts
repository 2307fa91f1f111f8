/** What can be saved of a damaged log, and how a new log is made of it: same LSNs, gaps recorded. */
import { describe, expect, test } from "vitest";
import { Wal, memoryStorage } from "@stria/core";
import {
  type LogFrame,
  importLog,
  inspectLog,
  logFrame,
  salvageLog,
  verifyLog,
} from "@stria/core/inspect";
import { all, copy, flip, hasty, payload, readAll, sample, text } from "./support/outside.ts";

describe("salvageLog and importLog", () => {
  test("a sound log comes through whole: LSNs, times, chain", async () => {
    const source = await sample();
    const salvaged = await salvageLog(source);
    expect(salvaged).toMatchObject({ lost: [], findings: [], lastLsn: 60 });
    const target = memoryStorage("new");
    const report = await importLog(target, salvaged.frames(), {
      ...salvaged,
      segmentBytes: 20_000,
    });
    expect(report).toMatchObject({ records: 60, gaps: [], lastLsn: 60 });
    expect(await readAll(target)).toEqual(await readAll(source));
    expect((await verifyLog(target, { clock: hasty })).findings).toEqual([]);
    const [before, after] = [
      await Wal.open({ storage: source }),
      await Wal.open({ storage: target }),
    ];
    expect(after.head()).toEqual(before.head());
    await before.close();
    await after.close();
  });

  test(
    "whatever is damaged, what is saved is right and what is lost is recorded",
    { timeout: 60_000 },
    async () => {
      const original = await sample();
      const whole = await readAll(original);
      for (const { name, fileBytes, firstLsn: first = 1 } of (await inspectLog(original))
        .segments) {
        for (let offset = 0; offset < fileBytes; offset += 1531) {
          const storage = await copy(original);
          await flip(storage, name, offset);
          await flip(storage, name, (offset + 4096) % fileBytes);
          const salvaged = await salvageLog(storage);
          const target = memoryStorage("new");
          const report = await importLog(target, salvaged.frames(), salvaged);
          expect(report.gaps).toEqual(salvaged.lost);
          const lost = new Set(
            report.gaps.flatMap(({ from, to }) =>
              Array.from({ length: to - from + 1 }, (_, i) => from + i),
            ),
          );
          const saved = await readAll(target);
          for (const [lsn, record] of saved) expect(record).toBe(whole.get(lsn));
          expect(saved.size + lost.size).toBe(report.lastLsn);
          // Only a newest segment without a header takes its numbers with it.
          expect(report.lastLsn).toBeGreaterThanOrEqual(offset >= 8192 ? 59 : first - 1);
          expect((await verifyLog(target, { clock: hasty })).sound, `${name} ${offset}`).toBe(true);
          const wal = await Wal.open({ storage: target });
          const next = await wal.append(payload(61));
          expect(next).toBe(report.lastLsn + 1);
          await wal.close();
          expect((await readAll(target)).get(next)).toBe(text(payload(61)));
        }
      }
    },
  );

  test("gaps are recorded: readers get WAL_GAP with where to go on", async () => {
    const storage = memoryStorage();
    const frames: LogFrame[] = [
      logFrame([payload(5), payload(6)], { firstLsn: 5, time: 1000 }),
      logFrame([payload(9)], { firstLsn: 9, time: 2000, identity: new Uint8Array(16).fill(7) }),
      logFrame([payload(10)], { firstLsn: 10, time: 3000 }),
    ];
    const report = await importLog(storage, frames, { lastLsn: 12 });
    expect(report.gaps).toEqual([
      { from: 1, to: 4 },
      { from: 7, to: 8 },
      { from: 11, to: 12 },
    ]);
    const wal = await Wal.open({ storage });
    expect([wal.firstLsn, wal.durableLsn, wal.nextLsn]).toEqual([5, 12, 13]);
    expect((await wal.get(9))?.timestamp).toBe(2000);
    for (const [from, resumeLsn] of [
      [1, 5],
      [7, 9],
      [8, 9],
      [11, 13],
    ]) {
      const failed = await all(wal.read({ from: from! })).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: "WAL_GAP", details: { lsn: from, resumeLsn } });
    }
    expect(await wal.append(payload(13))).toBe(13);
    await wal.close();
    expect([...(await readAll(storage)).keys()]).toEqual([5, 6, 9, 10, 13]);
    expect(
      (await verifyLog(storage, { clock: hasty })).findings.filter(
        ({ severity }) => severity === "damage",
      ),
    ).toEqual([]);
  });

  test("it refuses a storage that holds a log, and frames out of order", async () => {
    await expect(importLog(await sample(), [])).rejects.toMatchObject({ code: "WAL_STORAGE" });
    const twice = [1, 1].map((firstLsn) => logFrame([payload(1)], { firstLsn, time: 0 }));
    const storage = memoryStorage();
    await expect(importLog(storage, twice)).rejects.toThrow(RangeError);
    await (await storage.lock()).release();
  });

  test("a log whose records are all retired keeps its place", async () => {
    const storage = memoryStorage();
    await importLog(storage, [], { lowLsn: 40 });
    const wal = await Wal.open({ storage });
    expect([wal.firstLsn, wal.nextLsn]).toEqual([41, 41]);
    await wal.close();
  });
});
