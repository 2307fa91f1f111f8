/** The situations of LevelDB's log tests: sizes around block borders, bad records, ends of files. */
import { describe, expect, test } from "vitest";
import { SimulatedStorage, type DiskImage } from "../../src/index.ts";
import { applyEdit } from "../fuzz/edits.ts";
import { openTail, outcome } from "../support/end-of-log.ts";
import { framesOf } from "../support/evidence.ts";
import { openOn } from "../support/log-images.ts";

const sector = 512;
/** Header of a frame and length of a record: what a payload shares its sectors with. */
const overhead = 48 + 4;

async function roundTrip(sizes: readonly number[]): Promise<void> {
  const storage = new SimulatedStorage({ seed: 1 });
  const wal = await openOn(storage, { segmentBytes: 262_144 });
  for (const size of sizes) await wal.append(new Uint8Array(size).fill(size));
  await wal.close();
  const again = await openOn(storage);
  const found: number[] = [];
  for await (const { payload } of again.read()) {
    expect(payload.every((byte) => byte === payload.length % 256)).toBe(true);
    found.push(payload.length);
  }
  expect(found).toEqual(sizes);
  await again.close();
}

test("an empty log", async () => {
  await roundTrip([]);
});

test("an empty record, and records around it", async () => {
  await roundTrip([3, 0, 4, 0, 0]);
});

test("many records over many blocks", async () => {
  await roundTrip(Array.from({ length: 300 }, (_, i) => (i * 13) % 200));
});

test("small, medium and large records mixed", async () => {
  await roundTrip([5, 50_000, 100_000, 1]);
});

test.each([-2, -1, 0, 1, 2])("a record that ends %i bytes from a sector's end", async (off) => {
  await roundTrip([sector - overhead + off, 7, 2 * sector - overhead + off, 1]);
});

test("reading from anywhere", async () => {
  const image = await openTail(12);
  const wal = await openOn(SimulatedStorage.from(image));
  for (let from = 1; from <= 12; from++) {
    const lsns: number[] = [];
    for await (const { lsn } of wal.read({ from })) lsns.push(lsn);
    expect(lsns).toEqual(Array.from({ length: 13 - from }, (_, i) => from + i));
  }
  await wal.close();
});

test("a read that fails is neither an end nor damage", async () => {
  const storage = SimulatedStorage.from(await openTail(4), {
    faults: [{ on: "read", after: 1, fault: { kind: "error" } }],
  });
  await expect(openOn(storage)).rejects.toMatchObject({ code: "WAL_STORAGE" });
});

describe("in the last record, which nothing vouches for", () => {
  test.each([
    ["its type is unknown", { at: 8, bytes: 1, value: 99 }],
    ["its length reaches behind the file", { at: 4, bytes: 4, value: 1_000_000 }],
    ["it is for another place", { at: 20, bytes: 8, value: 9 }],
  ] as const)("%s: the log ends before it", async (_name, field) => {
    const image = await openTail(4);
    applyEdit(image, { op: "frame", segment: 0, frame: 3, ...field });
    expect(await outcome(image)).toBe("1-3");
  });

  test("cut at every sector: the log ends before it", async () => {
    const image = await openTail(4);
    const [name = ""] = image.names;
    const { offset = 0, size = 0 } = framesOf(image, name).at(-1) ?? {};
    for (let at = offset; at < offset + size; at += sector) {
      expect(await outcome(image.clone().truncate(name, at))).toBe("1-3");
    }
  });
});

test("a length that was damaged in place: an end in the last record, damage before it", async () => {
  const image = await openTail(4);
  const [name = ""] = image.names;
  const frames = framesOf(image, name);
  const shortened = (n: number): DiskImage =>
    image.clone().overwrite(name, (frames[n]?.offset ?? 0) + 8, Uint8Array.of(1, 0, 0, 0));
  expect(await outcome(shortened(3))).toBe("1-3");
  expect(await outcome(shortened(1))).toBe("WAL_CORRUPT");
});

test("a sound checksum over records that do not fill the frame is no crash: refused", async () => {
  const image = await openTail(4);
  applyEdit(image, { op: "frame", segment: 0, frame: 3, at: 4, bytes: 4, value: 1 });
  expect(await outcome(image)).toBe("WAL_CORRUPT");
});

describe("in a record in the middle", () => {
  test.each([
    ["its type is unknown", { at: 8, bytes: 1, value: 99 }],
    ["its length reaches behind the file", { at: 4, bytes: 4, value: 1_000_000 }],
    ["it is for another place", { at: 20, bytes: 8, value: 9 }],
  ] as const)("%s: refused, not skipped", async (_name, field) => {
    const image = await openTail(4);
    applyEdit(image, { op: "frame", segment: 0, frame: 1, ...field });
    expect(await outcome(image)).toBe("WAL_CORRUPT");
  });

  test("one checksum is wrong: refused; two damaged records are not joined to one", async () => {
    const image = await openTail(6);
    const [name = ""] = image.names;
    const frames = framesOf(image, name);
    image
      .flipBit(name, (frames[1]?.offset ?? 0) + 100)
      .flipBit(name, (frames[2]?.offset ?? 0) + 50);
    expect(await outcome(image)).toBe("WAL_CORRUPT");
    expect(await outcome(image, "salvage")).toBe("1,4-6");
  });
});
