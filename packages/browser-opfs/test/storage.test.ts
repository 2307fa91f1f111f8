/** The storage's own promises, one by one, on the fake origin: space, age, lock, readers, removal. */
import { expect, test } from "vitest";
import { destroyOn } from "../src/destroy.ts";
import { storageOn } from "../src/opfs-storage.ts";
import {
  codeOf,
  deadLog,
  errorOf,
  headOf,
  slotBytes,
  storageIn,
  turn,
} from "./support/fake-log.ts";
import { FakeOrigin } from "./support/fake-origin.ts";
import type { FullStyle } from "./support/fake-origin.ts";

test.each<FullStyle>(["throw", "zero", "short", "code", "raw"])(
  "a write that fails in the style '%s' is a QuotaExceededError, and later lifetimes see no harm",
  async (style) => {
    const origin = new FakeOrigin();
    const storage = storageIn(origin);
    await storage.lock();
    const file = await storage.create("1.wal");
    await file.write(new Uint8Array(1000).fill(7), 0);
    await file.sync();
    origin.faults.set("write", style);
    expect(await codeOf(() => file.write(new Uint8Array(1000).fill(8), 1000))).toBe(
      "QuotaExceededError",
    );
    origin.kill();
    const after = storageIn(origin);
    await after.lock();
    expect(await headOf(after, "1.wal", 1000)).toEqual(new Uint8Array(1000).fill(7));
  },
);

test("no room for even one slot is WAL_NO_SPACE at lock, and holds nothing afterwards", async () => {
  const origin = new FakeOrigin();
  origin.quotaBytes = slotBytes - 1;
  expect(await codeOf(() => storageIn(origin).lock())).toBe("WAL_NO_SPACE");
  origin.quotaBytes = Number.POSITIVE_INFINITY;
  expect(await codeOf(() => storageIn(origin).lock())).toBeUndefined();
});

test("with room for some slots the log works until they are full", async () => {
  const origin = new FakeOrigin();
  origin.quotaBytes = 3 * slotBytes + 5000;
  const storage = storageIn(origin);
  await storage.lock();
  const first = await storage.create("1.wal");
  await storage.create("2.wal");
  expect(await codeOf(() => storage.create("3.wal"))).toBe("QuotaExceededError");
  expect((await storage.report()).growthFailure).toBeInstanceOf(Error);
  await first.close();
  await storage.remove("1.wal");
  expect(await codeOf(() => storage.create("3.wal"))).toBeUndefined();
});

test("a blocking create needs a slot made ahead, and says so when there is none", async () => {
  const storage = storageIn(new FakeOrigin(), { initialSlots: 3, spareSlots: 0 });
  await storage.lock();
  storage.blocking?.create("1.wal");
  storage.blocking?.create("2.wal");
  expect(() => storage.blocking?.create("3.wal")).toThrow(/spareSlots/);
});

test("no young slot is lent while an old one is free", async () => {
  const origin = new FakeOrigin();
  const options = { initialSlots: 2, spareSlots: 1, namesSettleMs: 60_000 };
  const first = storageIn(origin, options);
  await first.lock();
  await first.create("1.wal");
  await first.close();
  origin.clock.advance(60_000);
  const storage = storageIn(origin, options);
  await storage.lock();
  await storage.remove("1.wal");
  await storage.create("2.wal");
  expect(storage.capabilities.powerLossDurable).toBe(true);
  await storage.create("3.wal");
  expect(storage.capabilities.powerLossDurable, "the next one will be young").toBe(false);
  await storage.create("4.wal");
  await turn();
  const { slots } = await storage.report();
  expect(slots?.young).toBeGreaterThan(0);
  expect(storage.capabilities.powerLossDurable).toBe(false);
  origin.clock.advance(60_000);
  expect(storage.capabilities.powerLossDurable).toBe(true);
});

test("an old slot keeps a removed file while a newer one sits in a young slot", async () => {
  const origin = new FakeOrigin();
  const options = { initialSlots: 1, spareSlots: 0, namesSettleMs: 60_000 };
  const storage = storageIn(origin, options);
  await storage.lock();
  await storage.create("1.wal");
  await storage.create("2.wal");
  origin.clock.advance(60_000);
  await storage.create("3.wal");
  await storage.create("4.wal");
  await storage.remove("1.wal");
  expect(await storage.list()).toEqual(["2.wal", "3.wal", "4.wal"]);
  expect((await storage.report()).slots).toMatchObject({ held: 1, free: 1 });
  // The power cut takes the young slot's name away: the old file is what is left of the log.
  origin.cutPower(() => 0);
  const after = storageIn(origin, options);
  await after.lock();
  expect(await after.list()).toEqual(["1.wal", "2.wal", "3.wal"]);
});

test("the last slot is kept for what frees others, and is lent to nothing else", async () => {
  const storage = storageIn(new FakeOrigin(), { initialSlots: 1, spareSlots: 0, maxSlots: 2 });
  await storage.lock();
  const first = await storage.create("1.wal", { reserve: true });
  const second = await storage.create("2.wal");
  expect([first.fromReserve, second.fromReserve]).toEqual([false, false]);
  expect(await codeOf(() => storage.create("3.wal"))).toBe("QuotaExceededError");
  const kept = await storage.create("3.wal", { reserve: true });
  expect(kept.fromReserve).toBe(true);
  expect(await codeOf(() => storage.create("4.wal"))).toBe("QuotaExceededError");
  for (const file of [first, second]) await file.close();
  await storage.remove("1.wal");
  await storage.remove("2.wal");
  expect((await storage.create("4.wal")).fromReserve).toBe(false);
});

test("the reserve is bounded, too", async () => {
  const storage = storageIn(new FakeOrigin(), { maxSlots: 2, initialSlots: 1 });
  await storage.lock();
  let files = 0;
  const code = await codeOf(async () => {
    for (;;) {
      await storage.create(`${files}.wal`, { reserve: true });
      files += 1;
    }
  });
  expect([files, code]).toEqual([6, "QuotaExceededError"]);
});

test("a removed file can be read to its end by whoever has it open, and its slot waits", async () => {
  const origin = new FakeOrigin();
  const storage = storageIn(origin, { initialSlots: 1, spareSlots: 0, maxSlots: 1 });
  await storage.lock();
  const file = await storage.create("1.wal");
  await file.write(new Uint8Array(500).fill(7), 0);
  await storage.remove("1.wal");
  const into = new Uint8Array(500);
  expect(await file.read(into, 0)).toBe(500);
  expect(await codeOf(() => storage.create("2.wal"))).toBe("QuotaExceededError");
  await file.close();
  expect(await codeOf(() => storage.create("2.wal"))).toBeUndefined();
});

test("after a failed sync nothing is written to that slot, and the same error is not retried", async () => {
  const origin = new FakeOrigin();
  const storage = storageIn(origin);
  await storage.lock();
  const file = await storage.create("1.wal");
  await file.write(new Uint8Array(500), 0);
  const broken = new DOMException("broken", "InvalidStateError");
  origin.faults.set("flush", broken);
  expect(await errorOf(() => file.sync())).toBe(broken);
  const { flushes } = origin;
  expect(await errorOf(() => file.sync())).toMatchObject({ code: "WAL_STORAGE", cause: broken });
  expect(await codeOf(() => file.write(new Uint8Array(5), 500))).toBe("WAL_STORAGE");
  await storage.close();
  // The three other slots have nothing to say; this one must not.
  expect(origin.flushes).toBe(flushes);
});

test("stale bytes behind a bound lost in a power cut do not show in a later file's gap", async () => {
  const origin = new FakeOrigin();
  const options = { initialSlots: 1, spareSlots: 0, maxSlots: 1 };
  const storage = storageIn(origin, options);
  origin.youngMs = 0;
  await storage.lock();
  const file = await storage.create("1.wal");
  await file.write(new Uint8Array(100_000).fill(7), 0);
  // The payload reaches the disk; the twin header and the raised bound before it (rolls 2 and 3) do not.
  let rolls = 0;
  origin.cutPower(() => {
    rolls += 1;
    return rolls <= 3 ? 1 : 3;
  });
  const after = storageIn(origin, options);
  await after.lock();
  await after.remove("1.wal");
  const next = await after.create("2.wal");
  await next.write(Uint8Array.of(1), 90_000);
  const gap = await headOf(after, "2.wal", 90_000);
  expect(gap.every((byte) => byte === 0)).toBe(true);
});

test("readers without the lock follow a live log, and are told when a file is gone", async () => {
  const origin = new FakeOrigin();
  const writer = storageIn(origin);
  await writer.lock();
  const file = await writer.create("1.wal");
  await file.write(new Uint8Array(100).fill(1), 0);
  const other = storageIn(origin);
  const reader = await other.open("1.wal");
  const into = new Uint8Array(200);
  await reader.read(into, 0);
  expect(into[99]).toBe(1);
  await file.write(new Uint8Array(100).fill(2), 100);
  await reader.read(into, 0);
  expect(into[199]).toBe(2);
  expect(await codeOf(() => reader.write(into, 0))).toBe("WAL_UNSUPPORTED");
  await writer.remove("1.wal");
  expect(await errorOf(() => reader.read(into, 0))).toMatchObject({ code: "WAL_STORAGE" });
  expect(await other.list()).toEqual([]);
});

test("a destroyed log stays empty even if its deletion is undone", async () => {
  const origin = new FakeOrigin();
  await deadLog(origin);
  await destroyOn(origin.platform(), "log");
  expect(origin.paths()).toEqual([]);
  origin.clock.advance(1);
  // Creations are older than the deletion; only the deletion is undone.
  origin.youngMs = 1e9;
  origin.cutPower((below) => below - 2);
  expect(origin.paths().length).toBe(4);
  const storage = storageIn(origin);
  await storage.lock();
  expect(await storage.list()).toEqual([]);
});

test("who holds the lock is named as far as it is known", async () => {
  const origin = new FakeOrigin();
  await storageIn(origin).lock();
  const error = await errorOf(() => storageIn(origin).lock());
  expect(error).toMatchObject({ code: "WAL_LOCKED", details: { holder: "client fake-client" } });
});

test("a browser that is slow to grant a free lock is waited for, not taken for another tab", async () => {
  const origin = new FakeOrigin();
  let grant: (() => void) | undefined;
  origin.locks.slowly = (granted) => {
    grant = granted;
  };
  const locking = storageIn(origin, { lockTimeoutMs: 50 }).lock();
  for (let looks = 0; looks < 5; looks++) await turn(); // each a moment at which the patience ends
  expect(origin.clock.monotonic()).toBeGreaterThan(50);
  grant?.();
  await locking;
});

test.each([
  [{ slotBytes: 65_537 }, /slotBytes/],
  [{ slotBytes: 4096 }, /slotBytes/],
  [{ maxSlots: 201 }, /maxSlots/],
  [{ initialSlots: 9, maxSlots: 8 }, /initialSlots/],
  [{ spareSlots: -1 }, /spareSlots/],
  [{ namesSettleMs: 0.5 }, /namesSettleMs/],
  [{ lockTimeoutMs: Number.NaN }, /lockTimeoutMs/],
])("a wrong option is named: %j", (options, message) => {
  expect(() => storageIn(new FakeOrigin(), options)).toThrow(message);
});

test.each(["", ".", "a/b", "UPPER", "x".repeat(65)])("a log cannot be called '%s'", (name) => {
  expect(() => storageOn(() => new FakeOrigin().platform(), name)).toThrow(RangeError);
});
