/** Slot headers that rotted, were wiped, or come from a newer release: never a free slot. */
import { expect, test } from "vitest";
import { codeOf, deadLog, headOf, rot, slotBytes, storageIn } from "./support/fake-log.ts";
import { FakeOrigin } from "./support/fake-origin.ts";

test.each([100, 4096 + 100])("one rotten header copy (byte %i) costs nothing", async (at) => {
  const origin = new FakeOrigin();
  await deadLog(origin);
  rot(origin, at);
  const storage = storageIn(origin);
  await storage.lock();
  expect(await headOf(storage, "1.wal", 3000)).toEqual(new Uint8Array(3000).fill(7));
  await storage.close();
  rot(origin, at === 100 ? 4096 + 100 : 100);
  expect(await codeOf(() => storageIn(origin).lock()), "the first copy was healed").toBeUndefined();
});

test("a rotten copy makes the bound of the length doubtful: all of the slot can be read", async () => {
  const origin = new FakeOrigin();
  const storage = storageIn(origin);
  await storage.lock();
  const file = await storage.create("1.wal");
  // Past the first bound, so that the copies told of different bounds at some time.
  await file.write(new Uint8Array(60_000).fill(7), 0);
  await file.sync();
  origin.kill();
  rot(origin, 100);
  const after = storageIn(origin);
  await after.lock();
  const size = await (await after.open("1.wal")).size();
  expect(size).toBe(after.capabilities.maxFileBytes);
});

test("both header copies rotten is damage, for the writer and for readers, and stays as it is", async () => {
  const origin = new FakeOrigin();
  await deadLog(origin);
  rot(origin, 100);
  rot(origin, 4096 + 100);
  const before = origin.file("stria/log/slot-000").seen.slice();
  expect(await codeOf(() => storageIn(origin).lock())).toBe("WAL_CORRUPT");
  expect(await codeOf(() => storageIn(origin).list())).toBe("WAL_CORRUPT");
  expect(origin.file("stria/log/slot-000").seen).toEqual(before);
  expect(await codeOf(() => storageIn(origin).lock()), "nothing stayed locked").toBe("WAL_CORRUPT");
});

test("headers wiped to zeros over a payload are damage, not a free slot", async () => {
  const origin = new FakeOrigin();
  await deadLog(origin);
  origin.file("stria/log/slot-000").write(new Uint8Array(8192), 0);
  expect(await codeOf(() => storageIn(origin).lock())).toBe("WAL_CORRUPT");
});

test("a slot whose birth was cut short is born again", async () => {
  const origin = new FakeOrigin();
  await deadLog(origin);
  const torn = origin.file("stria/log/slot-003");
  torn.write(new Uint8Array(slotBytes), 0);
  torn.write(new TextEncoder().encode("STRIASLT\u0001"), 0);
  const storage = storageIn(origin);
  await storage.lock();
  expect((await storage.report()).slots?.total).toBe(4);
});

test("a header of a newer release is left alone", async () => {
  const origin = new FakeOrigin();
  await deadLog(origin);
  origin.file("stria/log/slot-000").write(Uint8Array.of(2), 8);
  expect(await codeOf(() => storageIn(origin).lock())).toBe("WAL_UNSUPPORTED_VERSION");
});
