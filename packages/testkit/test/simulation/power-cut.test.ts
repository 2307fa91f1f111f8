/** Power cuts and kills: everything a real disk may do is met by some seed, nothing else by any. */
import { describe, expect, test } from "vitest";
import { SimulatedStorage, type CutStyle, type SimulationOptions } from "../../src/index.ts";

const ones = new Uint8Array(2048).fill(1);
const twos = new Uint8Array(2048).fill(2);

/** A file of ones, durable under its name, with pending twos behind and in its middle. */
async function written(options: SimulationOptions = {}): Promise<SimulatedStorage> {
  const storage = new SimulatedStorage(options);
  const file = await storage.create("a.wal");
  await file.write(ones, 0);
  await file.sync();
  await storage.syncDirectory();
  await file.write(twos.subarray(0, 512), 512);
  await file.write(twos, 2048);
  return storage;
}

/** What 300 seeds make of it. */
async function outcomes(style?: CutStyle, options?: SimulationOptions): Promise<Uint8Array[]> {
  const snapshot = (await written(options)).snapshot();
  return Array.from({ length: 300 }, (_, seed) =>
    snapshot
      .powerCut({ seed, ...(style && { style }) })
      .image()
      .content("a.wal"),
  );
}

describe("a power cut", () => {
  test("leaves what was synced and not written again, whatever else it does", async () => {
    for (const content of await outcomes()) {
      expect(content.length).toBeGreaterThanOrEqual(2048);
      expect(content.subarray(0, 512)).toEqual(ones.subarray(0, 512));
      expect(content.subarray(1024, 2048)).toEqual(ones.subarray(1024));
    }
  });

  test("may leave a pending sector old, new, zero, garbage or half", async () => {
    const fates = new Set<string>();
    for (const content of await outcomes("sectors")) {
      const sector = content.subarray(512, 1024);
      if (sector.every((byte) => byte === 1)) fates.add("old");
      else if (sector.every((byte) => byte === 2)) fates.add("new");
      else if (sector.every((byte) => byte === 0)) fates.add("zero");
      else if (sector.every((byte) => byte === 1 || byte === 2)) fates.add("half");
      else fates.add("garbage");
    }
    expect([...fates].toSorted()).toEqual(["garbage", "half", "new", "old", "zero"]);
  });

  test("may leave a later sector without an earlier one, and a size ahead of the data or behind", async () => {
    const contents = await outcomes("sectors");
    const reordered = (content: Uint8Array): boolean => content[2048] !== 2 && content[3000] === 2;
    expect(contents.some(reordered)).toBe(true);
    expect(contents.some(({ length }) => length < 4096)).toBe(true);
    const ahead = (content: Uint8Array): boolean =>
      content.length === 4096 && content.subarray(3584).every((byte) => byte === 0);
    expect(contents.some(ahead)).toBe(true);
  });

  test("leaves nothing, everything or a prefix of the changes when told to", async () => {
    for (const content of await outcomes("nothing")) expect(content).toEqual(ones);
    for (const content of await outcomes("everything")) expect(content.length).toBe(4096);
    for (const content of await outcomes("prefix")) {
      expect(content.length === 2048 || content[512] === 2).toBe(true);
    }
  });

  test("ruins durable bytes of a shared sector only without power-safe overwrite", async () => {
    const shared = async (powerSafeOverwrite: boolean): Promise<boolean> => {
      const storage = new SimulatedStorage({ powerSafeOverwrite });
      const file = await storage.create("a.wal");
      await file.write(ones.subarray(0, 100), 0);
      await file.sync();
      await storage.syncDirectory();
      await file.write(twos.subarray(0, 100), 100);
      const snapshot = storage.snapshot();
      return Array.from({ length: 300 }, (_, seed) =>
        snapshot.powerCut({ seed, style: "sectors" }).image().content("a.wal"),
      ).every((content) => content.subarray(0, 100).every((byte) => byte === 1));
    };
    expect(await shared(true)).toBe(true);
    expect(await shared(false)).toBe(false);
  });

  test("takes created names away and brings removed ones back, until the directory is synced", async () => {
    const storage = await written();
    await storage.create("b.wal");
    await storage.remove("a.wal");
    const seen = new Set<string>();
    const snapshot = storage.snapshot();
    for (let seed = 0; seed < 100; seed++) seen.add(snapshot.powerCut({ seed }).names.join());
    expect([...seen].toSorted()).toEqual(["", "a.wal", "a.wal,b.wal", "b.wal"]);
    await storage.syncDirectory();
    const settled = storage.snapshot();
    for (let seed = 0; seed < 50; seed++) {
      expect(settled.powerCut({ seed }).names).toEqual(["b.wal"]);
    }
  });

  test("takes young names away although the directory was synced, and no old ones", async () => {
    const storage = await written({ youngNamesMs: 45_000 });
    expect(storage.snapshot().powerCut({ style: "nothing" }).names).toEqual([]);
    await storage.clock.advance(45_000);
    expect(storage.snapshot().powerCut({ style: "nothing" }).names).toEqual(["a.wal"]);
  });

  test("is the same for the same seed", async () => {
    expect(await outcomes()).toEqual(await outcomes());
  });
});

describe("a kill", () => {
  test("keeps the cache, and what was pending stays pending", async () => {
    const after = (await written()).kill();
    expect(after.image().content("a.wal").length).toBe(4096);
    expect(after.powerCut({ style: "nothing" }).image().content("a.wal")).toEqual(ones);
  });
});

describe("a life that ended", () => {
  test("rejects everything, also what was in flight, and holds no lock", async () => {
    const storage = new SimulatedStorage({ latencyMs: () => 5 });
    const locking = storage.lock();
    await storage.clock.advance(5);
    const lock = await locking;
    const syncing = storage.syncDirectory();
    const after = storage.kill();
    await storage.clock.advance(5);
    await expect(syncing).rejects.toThrow("ESHUTDOWN");
    await expect(storage.list()).rejects.toThrow("ESHUTDOWN");
    await expect(lock.release()).rejects.toThrow("ESHUTDOWN");
    await after.clock.until(after.lock());
  });
});
