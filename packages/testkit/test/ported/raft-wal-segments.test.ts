/**
 * The situations of hashicorp/raft-wal's recovery and of its create and delete crashes: which files are
 * there and which are not, and what a crash between two steps of a rotation or a truncation leaves.
 */
import { describe, expect, test } from "vitest";
import {
  SimulatedStorage,
  type Operation,
  type SimulatedStorage as Storage,
} from "../../src/index.ts";
import { outcome } from "../support/end-of-log.ts";
import { appendTo, checkpointedLog, closedLog, killedLog, openOn } from "../support/log-images.ts";

const nameOf = (id: number): string => `${String(id).padStart(20, "0")}.wal`;

describe("which files are there", () => {
  test("none: an empty log", async () => {
    const wal = await openOn(new SimulatedStorage({ seed: 1 }));
    expect([wal.firstLsn, wal.durableLsn]).toEqual([1, 0]);
    await wal.close();
  });

  test("one that is empty: an interrupted first birth", async () => {
    const { image } = await closedLog(1, 2);
    for (const name of image.names) image.remove(name);
    expect(await outcome(image.put(nameOf(1), new Uint8Array(0)))).toBe("");
  });

  test("one sealed segment, and no next one yet", async () => {
    const { image, lastLsn } = await closedLog(1, 3);
    expect(image.names).toHaveLength(1);
    expect(await outcome(image)).toBe(`1-${lastLsn}`);
  });

  test("the tail, but not the segment before it", async () => {
    const { image } = await killedLog();
    expect(await outcome(image.remove(image.names.at(-2) ?? ""))).toBe("WAL_CORRUPT");
  });

  test("everything but the first segment, which was not retired", async () => {
    const { image } = await killedLog();
    expect(await outcome(image.remove(image.names[0] ?? ""))).toBe("WAL_CORRUPT");
  });

  test("a segment that was retired is back", async () => {
    const { image, firstLsn, lastLsn } = await checkpointedLog();
    const [back = ""] = image.removedNames;
    expect(await outcome(image.resurrect(back))).toBe(`${firstLsn}-${lastLsn}`);
  });

  test("files of other programs", async () => {
    const { image, lastLsn } = await killedLog();
    image.put("notes.txt", Uint8Array.of(1)).put("1.wal", new Uint8Array(600));
    expect(await outcome(image)).toBe(`1-${lastLsn}`);
  });
});

/** Crashes, in every way of its own, before each operation that `wanted` accepts. */
async function crashes(
  run: (storage: Storage) => Promise<void>,
  wanted: (operation: Operation) => boolean,
  check: (next: Storage, acknowledged: number) => Promise<void>,
  acknowledged: () => number,
): Promise<number> {
  const storage = new SimulatedStorage({ seed: 9 });
  const checks: Promise<void>[] = [];
  storage.observe((operation, moment) => {
    if (!moment.mutates || !wanted(operation)) return;
    const snapshot = moment.snapshot();
    const promised = acknowledged();
    for (const style of ["nothing", "everything", "changes", "sectors"] as const) {
      checks.push(check(snapshot.powerCut({ seed: checks.length, style }), promised));
    }
    checks.push(check(snapshot.kill(), promised));
  });
  await run(storage);
  await Promise.all(checks);
  return checks.length;
}

describe("crashes between the steps", () => {
  test("of creating the next segment: the log is as it was, and goes on", async () => {
    let promised = 0;
    const count = await crashes(
      async (storage) => {
        const wal = await openOn(storage);
        while (wal.durableLsn < 24) {
          await appendTo(wal, wal.nextLsn);
          promised = wal.durableLsn;
        }
        await wal.close();
      },
      () => true,
      async (next, acknowledged) => {
        const wal = await openOn(next);
        expect(wal.durableLsn).toBeGreaterThanOrEqual(acknowledged);
        await appendTo(wal, wal.durableLsn + 2);
        const lastLsn = wal.durableLsn;
        await wal.close();
        expect(await outcome(next.image())).toBe(`1-${lastLsn}`);
      },
      () => promised,
    );
    expect(count).toBeGreaterThan(200);
  });

  test("of removing segments: what was promised to go may be there, nothing else is missing", async () => {
    let checkpoint = 0;
    let requested = 0;
    const count = await crashes(
      async (storage) => {
        const wal = await openOn(storage);
        for (const lsn of [20, 30, 40]) {
          await appendTo(wal, lsn);
          requested = lsn - 4;
          await wal.checkpoint(requested);
          checkpoint = requested;
        }
        await wal.close();
      },
      ({ kind }) => kind !== "create",
      async (next, _acknowledged) => {
        const promised = checkpoint;
        const wal = await openOn(next);
        expect(wal.firstLsn).toBeLessThanOrEqual(requested + 1);
        expect(promised).toBeLessThanOrEqual(requested);
        let lsn = wal.firstLsn;
        for await (const record of wal.read()) expect(record.lsn).toBe(lsn++);
        expect(lsn).toBe(wal.nextLsn);
        await wal.close();
      },
      () => checkpoint,
    );
    expect(count).toBeGreaterThan(100);
  });
});
