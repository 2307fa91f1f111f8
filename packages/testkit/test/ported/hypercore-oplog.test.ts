/**
 * The situations of hypercore's oplog: two copies of a header, entries that are torn, batches that are
 * there in part, appending after each of them.
 */
import { describe, expect, test } from "vitest";
import { SimulatedStorage } from "../../src/index.ts";
import { openTail, outcome } from "../support/end-of-log.ts";
import { framesOf } from "../support/evidence.ts";
import { appendTo, closedLog, killedLog, openOn, payloadOf } from "../support/log-images.ts";

const [first, second] = [0, 4096];
const sector = 512;

describe("two copies of a header", () => {
  test.each([
    ["the first is zero", first, "zero"],
    ["the second is zero", second, "zero"],
    ["the first is damaged", first, "flip"],
    ["the second is damaged", second, "flip"],
  ] as const)("%s: the other one counts", async (_name, at, how) => {
    const { image, lastLsn } = await killedLog();
    for (const name of image.names) {
      const damaged = image.clone();
      if (how === "zero") damaged.zero(name, at, sector);
      else damaged.flipBit(name, at + 60);
      expect(await outcome(damaged)).toBe(`1-${lastLsn}`);
    }
  });

  test("both are gone with frames behind them: refused", async () => {
    const { image } = await killedLog();
    for (const name of image.names) {
      const damaged = image.clone().zero(name, first, sector).zero(name, second, sector);
      expect(await outcome(damaged), `on ${name}`).toBe("WAL_CORRUPT");
    }
  });

  test("one is that of another segment: the other one counts", async () => {
    const { image, lastLsn } = await killedLog();
    const [one = "", two = ""] = image.names;
    const from = { name: one, at: first, length: sector };
    expect(await outcome(image.clone().misdirect(from, { name: two, at: first }))).toBe(
      `1-${lastLsn}`,
    );
  });
});

describe("entries", () => {
  test("one torn at every byte: the log ends before it, and goes on", async () => {
    const image = await openTail(4);
    const [name = ""] = image.names;
    const { offset = 0, bodyBytes = 0 } = framesOf(image, name).at(-1) ?? {};
    for (let size = offset; size < offset + 48 + bodyBytes; size += 13) {
      const storage = SimulatedStorage.from(image.clone().truncate(name, size));
      const wal = await openOn(storage);
      expect(wal.durableLsn).toBe(3);
      await appendTo(wal, 5);
      await wal.close();
      expect(await outcome(storage.image())).toBe("1-5");
    }
  });

  test("garbage behind the last one", async () => {
    const image = await openTail(4);
    const [name = ""] = image.names;
    const noise = new SimulatedStorage({ seed: 3 }).random("noise").fillBytes(new Uint8Array(3000));
    expect(await outcome(image.overwrite(name, image.content(name).length, noise))).toBe("1-4");
  });

  test("a log that was closed: no entry can go missing in silence but with its seal", async () => {
    const { image, lastLsn } = await closedLog(1, 6);
    const [name = ""] = image.names;
    const frames = framesOf(image, name).filter(({ count }) => count > 0);
    expect(frames).toHaveLength(lastLsn);
    for (const { offset } of frames) {
      expect(await outcome(image.clone().flipBit(name, offset + 50))).toBe("WAL_CORRUPT");
    }
  });
});

describe("batches", () => {
  test("cut at every sector: all of it or nothing", async () => {
    const storage = new SimulatedStorage({ seed: 1 });
    const wal = await openOn(storage);
    await appendTo(wal, 1);
    await wal.appendBatch([2, 3, 4, 5].map(payloadOf));
    const image = storage.kill().image();
    const [name = ""] = image.names;
    const { length } = image.content(name);
    const seen = new Set<string>();
    for (let size = framesOf(image, name).at(-1)?.offset ?? 0; size <= length; size += 64) {
      seen.add(await outcome(image.clone().truncate(name, size)));
    }
    expect([...seen].toSorted()).toEqual(["1", "1-5"]);
  });

  test("any one of its sectors is zero: nothing of it", async () => {
    const storage = new SimulatedStorage({ seed: 1 });
    const wal = await openOn(storage);
    await appendTo(wal, 1);
    await wal.appendBatch([2, 3, 4, 5].map(payloadOf));
    const image = storage.kill().image();
    const [name = ""] = image.names;
    const batch = framesOf(image, name).at(-1);
    const { offset = 0, size = 0 } = batch ?? {};
    expect(batch?.count).toBe(4);
    for (let at = offset; at < offset + size; at += sector) {
      expect(await outcome(image.clone().zero(name, at, sector))).toBe("1");
    }
  });
});
