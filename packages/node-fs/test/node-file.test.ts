import { describe, expect, test } from "vitest";
import { nodeCalls } from "../src/file-calls.ts";
import type { FileCalls } from "../src/file-calls.ts";
import { NodeFile } from "../src/node-file.ts";
import { NodeStorage } from "../src/node-storage.ts";
import { platformOf } from "../src/platform.ts";
import { fakeFile } from "./support/fake-calls.ts";
import type { CallName, FakeFile } from "./support/fake-calls.ts";
import { temporaryDirectory } from "./support/temporary.ts";

const pattern = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);

async function openFake(fake: FakeFile, durable: boolean): Promise<NodeFile> {
  return new NodeFile({
    calls: fake.calls,
    fd: await fake.calls.open("log", 0, 0),
    durableFd: durable ? await fake.calls.open("log", 0, 0) : undefined,
    fullSync: false,
  });
}

describe.each([1, 7, 999])("a disk that takes at most %i bytes at once", (mostBytes) => {
  test.each([true, false])(
    "gets every byte all the same (own durable descriptor: %s)",
    async (d) => {
      const fake = fakeFile({ mostBytes });
      const file = await openFake(fake, d);
      await file.write(pattern, 0);
      await file.writeAndSync(pattern, 1000);
      file.blocking.write(pattern, 2000);
      file.blocking.writeAndSync?.(pattern, 3000);
      expect(fake.bytes()).toEqual(
        Uint8Array.from({ length: 4000 }, (_, index) => pattern[index % 1000] ?? 0),
      );
    },
  );
});

test("a write that makes no progress is an error, not a loop", async () => {
  const file = await openFake(fakeFile({ mostBytes: 0 }), true);
  await expect(file.write(pattern, 0)).rejects.toMatchObject({ code: "EIO" });
  expect(() => file.blocking.write(pattern, 0)).toThrow("no progress");
});

describe("the platform's error reaches the caller as it is", () => {
  const cases: { failing: CallName; verb: string; run: (file: NodeFile) => Promise<void> }[] = [
    { failing: "write", verb: "write", run: (file) => file.write(pattern, 0) },
    { failing: "write", verb: "writeAndSync", run: (file) => file.writeAndSync(pattern, 0) },
    { failing: "sync", verb: "sync", run: (file) => file.sync() },
    { failing: "truncate", verb: "truncate", run: (file) => file.truncate(0) },
    { failing: "close", verb: "close", run: (file) => file.close() },
  ];
  test.each(cases)("$verb", async ({ failing, run }) => {
    const error = Object.assign(new Error("device gone"), { code: "EIO" });
    let armed = false;
    const fake = fakeFile({
      before(call) {
        if (armed && call === failing) throw error;
      },
    });
    const file = await openFake(fake, true);
    armed = true;
    await expect(run(file)).rejects.toBe(error);
  });

  test("also from the second half of a durable write without its own descriptor", async () => {
    const fake = fakeFile({
      before(call) {
        if (call === "sync") throw Object.assign(new Error("device gone"), { code: "EIO" });
      },
    });
    const file = await openFake(fake, false);
    await expect(file.writeAndSync(pattern, 0)).rejects.toMatchObject({ code: "EIO" });
  });
});

test("without a durable descriptor a durable write is a write and a sync", async () => {
  const fake = fakeFile();
  const file = await openFake(fake, false);
  await file.writeAndSync(pattern, 0);
  file.blocking.writeAndSync?.(pattern, 1000);
  expect(fake.log.slice(1)).toEqual(["write", "sync", "write", "sync"]);
});

test("a closed file touches no descriptor again", async () => {
  const fake = fakeFile();
  const file = await openFake(fake, true);
  await file.close();
  await file.close();
  file.blocking.close();
  await expect(file.read(new Uint8Array(1), 0)).rejects.toMatchObject({ code: "EBADF" });
  await expect(file.write(pattern, 0)).rejects.toMatchObject({ code: "EBADF" });
  await expect(file.writeAndSync(pattern, 0)).rejects.toMatchObject({ code: "EBADF" });
  await expect(file.sync()).rejects.toMatchObject({ code: "EBADF" });
  await expect(file.truncate(0)).rejects.toMatchObject({ code: "EBADF" });
  expect(() => file.blocking.sync()).toThrow("closed");
  expect(fake.openDescriptors()).toBe(0);
});

describe.each(["linux", "darwin", "win32"])("as on %s", (name) => {
  test("every verb and its blocking twin agree on a real file", async () => {
    const asked: string[] = [];
    const calls: FileCalls = {
      ...nodeCalls,
      fsync: async (fd) => {
        asked.push("fsync");
        await nodeCalls.fsync(fd);
      },
      fdatasync: async (fd) => {
        asked.push("fdatasync");
        await nodeCalls.fdatasync(fd);
      },
    };
    const platform = platformOf(name);
    const storage = new NodeStorage(temporaryDirectory(), {}, { calls, platform });
    const file = await storage.create("a", { preallocateBytes: 1 << 20 });
    asked.length = 0;
    await file.write(pattern, 0);
    await file.sync();
    await file.writeAndSync?.(pattern, 1000);
    const synced = name === "darwin" ? "fsync" : "fdatasync";
    expect(asked).toEqual(name === "linux" ? [synced] : [synced, synced]);
    const twin = storage.blocking.create("b").blocking;
    twin?.write(pattern, 0);
    twin?.sync();
    twin?.writeAndSync?.(pattern, 1000);
    const [read, readTwin] = [new Uint8Array(3000), new Uint8Array(3000)];
    expect(await file.read(read, 0)).toBe(2000);
    expect(twin?.read(readTwin, 0)).toBe(2000);
    expect(readTwin).toEqual(read);
    expect(read.subarray(1000, 2000)).toEqual(pattern);
    await file.truncate(10);
    twin?.truncate(10);
    expect(await file.size()).toBe(10);
    expect(await file.read(read, 10)).toBe(0);
    expect(twin?.read(readTwin, 10)).toBe(0);
    await file.close();
    twin?.close();
    await storage.syncDirectory();
    expect(asked.at(-1)).toBe(name === "win32" ? synced : "fsync");
    expect(storage.capabilities).toEqual({
      powerLossDurable: name !== "win32",
      synchronous: true,
      preallocate: name === "linux",
    });
  });
});
