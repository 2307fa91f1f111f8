/** The tools that damage an image do what their names say, and nothing else. */
import { expect, test } from "vitest";
import { DiskImage, SimulatedStorage } from "../../src/index.ts";

function image(): DiskImage {
  const content = Uint8Array.from({ length: 1536 }, (_, i) => 1 + Math.floor(i / 512));
  return new DiskImage([["a.wal", content]]);
}

const sectors = (from: DiskImage, name = "a.wal"): number[] =>
  [0, 512, 1024].map((at) => from.content(name)[at] ?? -1);

test("flips, zeros, swaps and overwrites in place", () => {
  expect(image().flipBit("a.wal", 512, 3).content("a.wal")[512]).toBe(2 ^ 8);
  expect(sectors(image().zeroSector("a.wal", 1))).toEqual([1, 0, 3]);
  expect(sectors(image().swapSectors("a.wal", 0, 2))).toEqual([3, 2, 1]);
  const moved = image().misdirect(
    { name: "a.wal", at: 0, length: 512 },
    { name: "a.wal", at: 1024 },
  );
  expect(sectors(moved)).toEqual([1, 2, 1]);
});

test("truncates, removes, resurrects, duplicates and renames files", () => {
  expect(image().truncate("a.wal", 700).content("a.wal").length).toBe(700);
  const gone = image().remove("a.wal");
  expect(gone.names).toEqual([]);
  expect(gone.removedNames).toEqual(["a.wal"]);
  expect(sectors(gone.resurrect("a.wal"))).toEqual([1, 2, 3]);
  expect(image().duplicate("a.wal", "b.wal").names).toEqual(["a.wal", "b.wal"]);
  expect(image().rename("a.wal", "b.wal").names).toEqual(["b.wal"]);
});

test("a clone is independent and a bad place is refused", () => {
  const original = image();
  original.clone().zero("a.wal", 0, 10);
  expect(original.content("a.wal")[0]).toBe(1);
  expect(() => image().flipBit("a.wal", 1536)).toThrow(RangeError);
  expect(() => image().flipBit("b.wal", 0)).toThrow(RangeError);
});

test("a storage made of an image holds it durably, and remembers what is removed", async () => {
  const storage = SimulatedStorage.from(image());
  expect(sectors(storage.powerCut({ style: "nothing" }).image())).toEqual([1, 2, 3]);
  const another = SimulatedStorage.from(image());
  await another.remove("a.wal");
  expect(sectors(another.image().resurrect("a.wal"))).toEqual([1, 2, 3]);
});
