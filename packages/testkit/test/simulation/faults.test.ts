/** Faults of the simulated device, one by one: what the caller is told and what is really there. */
import { asWalError } from "@stria/core";
import { describe, expect, test } from "vitest";
import { SimulatedStorage, type Fault, type SimulationOptions } from "../../src/index.ts";

const ones = new Uint8Array(1024).fill(1);

async function withFile(options: SimulationOptions = {}) {
  const storage = new SimulatedStorage(options);
  const file = await storage.create("a.wal");
  await storage.syncDirectory();
  return { storage, file };
}

function durableBytes(storage: SimulatedStorage): Uint8Array {
  return storage.snapshot().powerCut({ style: "nothing" }).image().content("a.wal");
}

describe("a failed sync", () => {
  const failing: Fault = { kind: "error", done: "nothing" };

  test("leaves its pages clean: the next sync succeeds and makes nothing durable", async () => {
    const { storage, file } = await withFile();
    await file.write(ones, 0);
    storage.faults.add({ on: "sync", fault: { ...failing, cache: "kept" } });
    await expect(file.sync()).rejects.toThrow("EIO");
    await file.sync();
    expect(await file.size()).toBe(1024);
    expect(durableBytes(storage).length).toBe(0);
  });

  test("may show the old content again", async () => {
    const { storage, file } = await withFile();
    await file.write(ones, 0);
    storage.faults.add({ on: "sync", fault: { ...failing, cache: "reverted" } });
    await expect(file.sync()).rejects.toThrow("EIO");
    expect(await file.size()).toBe(0);
  });

  test("may be reported by the next one only", async () => {
    const { storage, file } = await withFile();
    await file.write(ones, 0);
    storage.faults.add({ on: "sync", fault: { kind: "late-error" } });
    await file.sync();
    await expect(file.sync()).rejects.toThrow("EIO");
    await file.sync();
  });

  test("of the directory leaves names to chance, and the next sync does not help", async () => {
    const { storage } = await withFile();
    await storage.create("b.wal");
    storage.faults.add({ on: "syncDirectory", fault: failing });
    await expect(storage.syncDirectory()).rejects.toThrow("EIO");
    await storage.syncDirectory();
    expect(storage.names).toEqual(["a.wal", "b.wal"]);
    expect(storage.snapshot().powerCut({ style: "everything" }).names).toEqual(["a.wal"]);
  });

  test("that lies resolves and makes nothing durable", async () => {
    const { storage, file } = await withFile();
    await file.write(ones, 0);
    storage.faults.add({ on: "sync", fault: { kind: "lie" } });
    await file.sync();
    expect(durableBytes(storage).length).toBe(0);
  });
});

describe("a write", () => {
  test("that fails may have done any part of it", async () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const { storage, file } = await withFile({ seed });
      storage.faults.add({ on: "write", fault: { kind: "error" } });
      await expect(file.write(ones, 0)).rejects.toThrow("EIO");
      lengths.add(await file.size());
    }
    expect(lengths.size).toBeGreaterThan(20);
  });

  test("meets a full disk at exactly the byte, and goes on when there is room again", async () => {
    for (const capacityBytes of [0, 1, 511, 1023]) {
      const { storage, file } = await withFile({ capacityBytes });
      const error = await file.write(ones, 0).catch((reason: unknown) => reason);
      expect(asWalError(error, "write").code).toBe("WAL_NO_SPACE");
      expect([0, capacityBytes]).toContain(await file.size());
      storage.capacityBytes = 1024;
      await file.write(ones, 0);
      expect(await file.size()).toBe(1024);
    }
  });

  test("that is misdirected lands whole somewhere else", async () => {
    const { storage, file } = await withFile();
    await file.write(ones, 0);
    storage.faults.add({ on: "write", fault: { kind: "misdirect", at: 4096 } });
    await file.write(new Uint8Array(8).fill(9), 1024);
    const content = storage.image().content("a.wal");
    expect(content.subarray(1024, 1032)).toEqual(new Uint8Array(8));
    expect(content.subarray(4096)).toEqual(new Uint8Array(8).fill(9));
  });
});

describe("rules", () => {
  test("count, skip and match by kind, file and number", async () => {
    const { storage, file } = await withFile();
    storage.faults.add({
      on: ["read", "write"],
      file: /^a/,
      after: 1,
      times: 2,
      fault: { kind: "error" },
    });
    await file.write(ones, 0);
    await expect(file.write(ones, 0)).rejects.toThrow("EIO");
    await expect(file.read(new Uint8Array(1), 0)).rejects.toThrow("EIO");
    await file.write(ones, 0);
    storage.faults.add({
      operation: storage.operations + 2,
      fault: { kind: "error", code: "EROFS" },
    });
    await file.size();
    await expect(file.size()).rejects.toThrow("EROFS");
    expect(storage.faults.struck).toBe(3);
  });

  test("delay a verb on the virtual clock, or for ever", async () => {
    const { storage, file } = await withFile();
    storage.faults.add({ on: "sync", fault: { kind: "delay", delayMs: 700 } });
    storage.faults.add({ on: "read", fault: { kind: "never" } });
    await storage.clock.until(file.sync());
    expect(storage.clock.monotonic()).toBe(700);
    await expect(storage.clock.until(file.read(new Uint8Array(1), 0))).rejects.toThrow(
      "nothing is left",
    );
  });

  test("shorten reads", async () => {
    const { storage, file } = await withFile();
    await file.write(ones, 0);
    storage.faults.add({ on: "read", fault: { kind: "short", bytes: 3 } });
    expect(await file.read(new Uint8Array(100), 0)).toBe(3);
    expect(await file.read(new Uint8Array(100), 0)).toBe(100);
  });
});

test("two processes share files and one lock", async () => {
  const { storage } = await withFile();
  const other = storage.otherProcess();
  const lock = await storage.lock();
  await expect(other.lock()).rejects.toMatchObject({ code: "WAL_LOCKED" });
  await lock.release();
  await other.lock();
  expect(await other.list()).toEqual(["a.wal"]);
});

test("the wall clock jumps without moving time", async () => {
  const { storage } = await withFile();
  const before = storage.clock.now();
  storage.clock.jumpWall(-3_600_000);
  await storage.clock.advance(10);
  expect(storage.clock.now()).toBe(before - 3_600_000 + 10);
  expect(storage.clock.monotonic()).toBe(10);
});
