/**
 * Whole-image damage, one at a time: zeroed and swapped sectors, misdirected frames, segments that are
 * missing, doubled, renamed, foreign, resurrected or cut short.
 */
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../src/index.ts";
import { applyEdit } from "../fuzz/edits.ts";
import { framesOf, vouchedLsn } from "../support/evidence.ts";
import {
  carriedLog,
  checkpointedLog,
  closedLog,
  killedLog,
  type LogImage,
} from "../support/log-images.ts";
import { judge } from "./judge.ts";

const sector = 512;
const nameOf = (id: number): string => `${String(id).padStart(20, "0")}.wal`;
const patience = { timeout: 60_000 };

const logs = await Promise.all([closedLog(), killedLog(), carriedLog(), checkpointedLog()]);

describe.each(logs)("a $name log", (log: LogImage) => {
  const { image, lastLsn } = log;
  const newest = image.names.at(-1) ?? "";

  test("undamaged, opens and shows everything", async () => {
    expect(image.names.length).toBeGreaterThan(1);
    expect(await judge(log, image.clone(), "undamaged")).toEqual({ code: undefined, lastLsn });
  });

  test("any sector zeroed", patience, async () => {
    let refused = 0;
    for (const name of image.names) {
      for (let n = 0; n < image.content(name).length / sector; n++) {
        const damaged = image.clone().zeroSector(name, n);
        const { code } = await judge(log, damaged, `${name}: sector ${n} zeroed`);
        if (code !== undefined) refused++;
      }
    }
    expect(refused).toBeGreaterThan(20);
  });

  test("any sector swapped with the next, or with any other", patience, async () => {
    const random = new SeededRandom(`${log.name} swaps`);
    for (const name of image.names) {
      const sectors = Math.floor(image.content(name).length / sector);
      for (let n = 0; n < sectors - 1; n++) {
        for (const other of n % 3 === 0 ? [n + 1, random.below(sectors)] : [n + 1]) {
          const damaged = image.clone().swapSectors(name, n, other);
          await judge(log, damaged, `${name}: sectors ${n} and ${other} swapped`);
        }
      }
    }
  });

  test(
    "any frame written to another one's place, in its segment or in another",
    patience,
    async () => {
      const frames = image.names.flatMap((name) => framesOf(image, name));
      const random = new SeededRandom(`${log.name} frames`);
      for (const from of frames) {
        const sibling = random.pick(frames.filter(({ name }) => name === from.name));
        for (const to of [sibling, random.pick(frames)]) {
          if (to === from) continue;
          const place = { name: from.name, at: from.offset, length: from.size };
          const damaged = image.clone().misdirect(place, { name: to.name, at: to.offset });
          await judge(log, damaged, `${from.name} ${from.offset} over ${to.name} ${to.offset}`);
        }
      }
    },
  );

  test("any segment missing: refused unless nothing that is left knew it", async () => {
    for (const name of image.names) {
      const damaged = image.clone().remove(name);
      const { code } = await judge(log, damaged, `${name} removed`);
      // Nobody is left to tell of the newest one.
      const known = name === newest ? code : "WAL_CORRUPT";
      expect(code, `on ${name}`).toBe(known);
    }
  });

  test("a segment doubled under a new name is no part of the log", async () => {
    for (const name of image.names) {
      const damaged = image.clone().duplicate(name, nameOf(90));
      const { code } = await judge(log, damaged, `${name} doubled`);
      expect(code, `on ${name}`).toBe("WAL_CORRUPT");
    }
  });

  test("a segment renamed is missing where it belongs", async () => {
    for (const name of image.names) {
      const { code } = await judge(log, image.clone().rename(name, nameOf(90)), `${name} renamed`);
      expect(code, `on ${name}`).toBe("WAL_CORRUPT");
    }
  });

  test("a segment of another log is not taken for one of this", async () => {
    const foreign = await closedLog(99);
    for (const name of foreign.image.names) {
      for (const as of [name, nameOf(90)]) {
        const damaged = image.clone().put(as, foreign.image.content(name).slice());
        const { code } = await judge(log, damaged, `foreign ${name} as ${as}`);
        expect(code, `${name} as ${as}`).toBe("WAL_CORRUPT");
      }
    }
  });

  test("any segment cut short at any sector, or in the middle of one", patience, async () => {
    for (const name of image.names) {
      const { length } = image.content(name);
      for (let size = 0; size < length; size += 768) {
        await judge(log, image.clone().truncate(name, size), `${name} cut to ${size}`);
      }
    }
  });

  test("files that came back change nothing", async () => {
    for (const name of image.removedNames) {
      const verdict = await judge(log, image.clone().resurrect(name), `${name} resurrected`);
      expect(verdict, `on ${name}`).toEqual({ code: undefined, lastLsn });
    }
  });
});

describe("what the oracle found", () => {
  test("a carried record is damaged, and what vouches for it stands behind the damage", async () => {
    // The carry was incomplete, and only frames in front of the damage were asked: it passed for one that
    // a crash had interrupted. The segment was ignored, and the records acknowledged after it were gone.
    const log = await carriedLog();
    const name = log.image.names.at(-1) ?? "";
    const [carried, ...behind] = framesOf(log.image, name);
    expect(carried?.flags).toBe(2);
    expect(behind.length).toBeGreaterThan(2);
    const damaged = log.image.clone().flipBit(name, (carried?.offset ?? 0) + 60);
    const verdict = await judge(log, damaged, "a carried record damaged");
    expect(verdict.code).toBe("WAL_CORRUPT");
  });

  test("a seal that landed on its last record is a witness of that record", async () => {
    // The frame that stood in the record's place was sound, so it was not damage; it was not what was
    // expected, so it ended the log; and nobody asked it what it vouched for. A durable record was gone.
    const log = await closedLog(5, 3);
    const [name = ""] = log.image.names;
    const frames = framesOf(log.image, name);
    const seal = frames.at(-1);
    const last = frames.findLast(({ count }) => count > 0);
    expect(seal?.syncedLsn).toBe(3);
    const place = { name, at: seal?.offset ?? 0, length: seal?.size ?? 0 };
    const damaged = log.image.clone().misdirect(place, { name, at: last?.offset ?? 0 });
    damaged.truncate(name, seal?.offset ?? 0);
    const verdict = await judge(log, damaged, "the seal stands on the last record");
    expect(verdict).toEqual({ code: "WAL_CORRUPT", lastLsn: 0 });
  });
});

test("a record changed together with its checksum is not the one the next segment knew", async () => {
  const log = await closedLog();
  const [name = ""] = log.image.names;
  const frames = framesOf(log.image, name);
  const last = frames.findLastIndex(({ count }) => count > 0);
  const damaged = log.image.clone();
  applyEdit(damaged, { op: "frame", segment: 0, frame: last, at: 60, bytes: 1, value: 1 });
  expect(framesOf(damaged, name)).toHaveLength(frames.length);
  const verdict = await judge(log, damaged, "a forged record");
  expect(verdict.code).toBe("WAL_CORRUPT");
});

describe("what nothing vouches for", () => {
  test("damage in it never refuses, and costs no vouched record", patience, async () => {
    const log = await killedLog();
    const { image } = log;
    const name = image.names.at(-1) ?? "";
    const vouched = vouchedLsn(image);
    const tail = framesOf(image, name).find(({ firstLsn }) => firstLsn > vouched);
    expect(tail).toBeDefined();
    const random = new SeededRandom("unvouched");
    for (let at = tail?.offset ?? 0; at < image.content(name).length; at += 64) {
      for (const damaged of [
        image.clone().flipBit(name, at, random.below(8)),
        image.clone().zeroSector(name, Math.floor(at / sector)),
        image.clone().truncate(name, at),
        image.clone().overwrite(name, at, random.fillBytes(new Uint8Array(200))),
      ]) {
        const verdict = await judge(log, damaged, `${name}: tail damaged at ${at}`);
        expect(verdict.code).toBeUndefined();
        expect(verdict.lastLsn).toBeGreaterThanOrEqual(vouched);
      }
    }
  });
});
