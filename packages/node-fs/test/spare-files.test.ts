import {
  cpSync,
  existsSync,
  linkSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { RECYCLED_HEAD_BYTES, Wal } from "@stria/core";
import { inspectLog, verifyLog } from "@stria/core/inspect";
import { expect, test } from "vitest";
import { type FileCalls, nodeCalls } from "../src/file-calls.ts";
import { isSpareName, spareName } from "../src/file-name.ts";
import { nodeStorage } from "../src/index.ts";
import { NodeStorage } from "../src/node-storage.ts";
import { leastSpareBytes } from "../src/spare-files.ts";
import { temporaryDirectory } from "./support/temporary.ts";

const segmentBytes = 2 * 1024 * 1024;
const preallocateBytes = segmentBytes;
const sparesIn = (directory: string): string[] => readdirSync(directory).filter(isSpareName);
const filled = (value: number): Uint8Array => new Uint8Array(leastSpareBytes).fill(value);

async function put(directory: string, name: string, content: Uint8Array): Promise<void> {
  writeFileSync(join(directory, name), content);
}

/** Records whose bytes say which they are. */
function record(lsn: number): Uint8Array {
  return new Uint8Array(50_000).fill(lsn % 251);
}

/** Appends and checkpoints until segments are written over retired ones; 100 records stay. */
async function manyRotations(directory: string): Promise<Wal> {
  const wal = await Wal.open({ storage: nodeStorage(directory), segmentBytes, keepSegments: 1 });
  for (let lsn = 1; lsn <= 400; lsn++) {
    await wal.append(record(lsn));
    if (lsn % 50 === 0) await wal.checkpoint(Math.max(0, lsn - 100));
  }
  return wal;
}

async function expectRecords(wal: Wal): Promise<void> {
  let next = wal.firstLsn;
  expect(next).toBeLessThanOrEqual(301);
  for await (const { lsn, payload } of wal.read()) {
    expect(lsn).toBe(next++);
    expect(Buffer.from(payload).equals(record(lsn))).toBe(true);
  }
  expect(next).toBe(401);
}

test("segments are written over retired ones; a killed log ends clean, with all its records", async () => {
  const directory = temporaryDirectory();
  const wal = await manyRotations(directory);
  const { segments } = await inspectLog(nodeStorage(directory));
  expect(segments.filter((segment) => segment.header?.recycled === true).length).toBeGreaterThan(0);
  expect(sparesIn(directory).length).toBeLessThanOrEqual(2);
  expect(await nodeStorage(directory).list()).toHaveLength(segments.length);
  // As a kill would leave it: the active file still holds bytes of its former life.
  const copy = temporaryDirectory();
  cpSync(directory, copy, { recursive: true });
  expect(await verifyLog(nodeStorage(copy))).toMatchObject({
    sound: true,
    lastLsn: 400,
    findings: [],
  });
  const after = await Wal.open({ storage: nodeStorage(copy), segmentBytes, keepSegments: 1 });
  expect(after.recovery.tail).toBe("clean");
  await expectRecords(after);
  await after.close();
  await wal.close();
  expect(sparesIn(directory)).toEqual([]);
  const again = await Wal.open({ storage: nodeStorage(directory), segmentBytes });
  await expectRecords(again);
  await again.close();
});

test("nothing of the former header, and no first frame, is met in a recycled file", async () => {
  const directory = temporaryDirectory();
  const storage = nodeStorage(directory);
  const lock = await storage.lock();
  await put(directory, "a", filled(7));
  await storage.remove("a");
  expect(await storage.list()).toEqual([]);
  const file = await storage.create("b", { preallocateBytes });
  expect(file.recycled).toBe(true);
  expect(await file.size()).toBe(leastSpareBytes);
  await file.close();
  const content = readFileSync(join(directory, "b"));
  const head = content.subarray(0, RECYCLED_HEAD_BYTES);
  expect(head.equals(Buffer.alloc(RECYCLED_HEAD_BYTES))).toBe(true);
  expect(content[RECYCLED_HEAD_BYTES]).toBe(7);
  await lock.release();
});

test("the wiped head is synced before the file is given out", async () => {
  const directory = temporaryDirectory();
  const done: string[] = [];
  const calls: FileCalls = {
    ...nodeCalls,
    write: async (fd, bytes, from, at) => {
      const count = await nodeCalls.write(fd, bytes, from, at);
      done.push(`written to ${at + count}`);
      return count;
    },
    fdatasync: async (fd) => {
      await nodeCalls.fdatasync(fd);
      done.push("synced");
    },
  };
  const storage = new NodeStorage(directory, {}, { calls });
  const lock = await storage.lock();
  await put(directory, "a", filled(7));
  await storage.remove("a");
  expect(sparesIn(directory)).toHaveLength(1);
  expect(done).toEqual([`written to ${RECYCLED_HEAD_BYTES}`, "synced"]);
  await lock.release();
});

test("a blocking create takes a spare, too", async () => {
  const directory = temporaryDirectory();
  const storage = nodeStorage(directory);
  const lock = await storage.lock();
  await put(directory, "a", filled(7));
  await storage.remove("a");
  const file = storage.blocking!.create("b", { preallocateBytes });
  expect(file.recycled).toBe(true);
  file.blocking!.close();
  expect(sparesIn(directory)).toEqual([]);
  await lock.release();
});

test("an existing file is never written over by a spare", async () => {
  const directory = temporaryDirectory();
  const storage = nodeStorage(directory);
  const lock = await storage.lock();
  await put(directory, "a", filled(7));
  await put(directory, "b", filled(8));
  await storage.remove("a");
  await expect(storage.create("b", { preallocateBytes })).rejects.toMatchObject({ code: "EEXIST" });
  expect(() => storage.blocking!.create("b", { preallocateBytes })).toThrow("EEXIST");
  expect(readFileSync(join(directory, "b")).equals(filled(8))).toBe(true);
  await lock.release();
});

test("a file with a second name, which may be a snapshot, keeps its bytes", async () => {
  const directory = temporaryDirectory();
  const storage = nodeStorage(directory);
  const lock = await storage.lock();
  await put(directory, "a", filled(7));
  linkSync(join(directory, "a"), join(directory, "snapshot"));
  await storage.remove("a");
  expect(sparesIn(directory)).toEqual([]);
  expect(readFileSync(join(directory, "snapshot")).equals(filled(7))).toBe(true);
  await lock.release();
});

test.each([
  ["small files", {}, leastSpareBytes - 1, true],
  ["files removed without the writer's lock", {}, leastSpareBytes, false],
  ["files of a storage told not to", { recycle: false }, leastSpareBytes, true],
])("%s are removed and not kept", async (_what, options, bytes, isLocked) => {
  const directory = temporaryDirectory();
  const storage = nodeStorage(directory, options);
  const lock = isLocked ? await storage.lock() : undefined;
  await put(directory, "a", new Uint8Array(bytes));
  await storage.remove("a");
  expect(existsSync(join(directory, "a"))).toBe(false);
  expect(sparesIn(directory)).toEqual([]);
  await lock?.release();
});

test("at most two are kept, and none that a dead process left behind", async () => {
  const directory = temporaryDirectory();
  await put(directory, spareName(99), filled(9));
  const storage = nodeStorage(directory);
  expect(await storage.list()).toEqual([]);
  const lock = await storage.lock();
  expect(sparesIn(directory)).toEqual([]);
  const names = ["a", "b", "c"];
  await Promise.all(names.map((name) => put(directory, name, filled(7))));
  await Promise.all(names.map((name) => storage.remove(name)));
  expect(sparesIn(directory)).toHaveLength(2);
  await lock.release();
  expect(
    readdirSync(directory).filter((name) => statSync(join(directory, name)).size > 1000),
  ).toEqual([]);
});
