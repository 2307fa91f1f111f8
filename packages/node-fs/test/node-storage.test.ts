import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { nodeCalls } from "../src/file-calls.ts";
import { nodeStorage } from "../src/index.ts";
import { NodeStorage } from "../src/node-storage.ts";
import { temporaryDirectory } from "./support/temporary.ts";

const permissions = (path: string): number => statSync(path).mode & 0o777;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("the directory", () => {
  test("is not touched before a verb that writes is called", async () => {
    const path = join(temporaryDirectory(), "log");
    const storage = nodeStorage(path);
    expect(await storage.list()).toEqual([]);
    await expect(storage.open("a")).rejects.toMatchObject({ code: "ENOENT" });
    expect(existsSync(path)).toBe(false);
    const lock = await storage.lock();
    expect(permissions(path)).toBe(0o700);
    await lock.release();
  });

  test("is made with its parents by a blocking create, too", () => {
    const path = join(temporaryDirectory(), "x", "y", "z");
    const file = nodeStorage(path, { directoryMode: 0o750, fileMode: 0o640 }).blocking?.create("a");
    file?.blocking?.close();
    expect(permissions(join(path, ".."))).toBe(0o750);
    expect(permissions(join(path, "a"))).toBe(0o640);
  });

  test("may be a file: URL; its name says where", async () => {
    const path = temporaryDirectory();
    const storage = nodeStorage(pathToFileURL(path));
    expect(storage.name).toBe(`node-fs:${path}`);
    await (await storage.create("a")).close();
    expect(existsSync(join(path, "a"))).toBe(true);
  });

  test("that is a file, or whose parent is, is an error and not an empty log", async () => {
    const parent = temporaryDirectory();
    writeFileSync(join(parent, "file"), "");
    await expect(nodeStorage(join(parent, "file")).list()).rejects.toMatchObject({
      code: "ENOTDIR",
    });
    await expect(nodeStorage(join(parent, "file", "log")).lock()).rejects.toMatchObject({
      code: "ENOTDIR",
    });
  });

  test.skipIf(process.platform !== "linux")(
    "where none can be made fails, it does not try for ever",
    async () => {
      // The kernel answers ENOENT for a child of a directory that is there.
      const storage = nodeStorage("/proc/stria/log");
      const refusal = { code: "ENOENT", syscall: "mkdir", path: "/proc/stria" };
      await expect(storage.lock()).rejects.toMatchObject(refusal);
      expect(() => storage.blocking?.create("a")).toThrow(expect.objectContaining(refusal));
    },
  );

  test("a dangling link is no directory", async () => {
    const path = join(temporaryDirectory(), "link");
    symlinkSync(join(path, "..", "nowhere"), path);
    await expect(nodeStorage(path).lock()).rejects.toMatchObject({ code: "EEXIST" });
  });

  test("a parent that cannot be synced fails the making; nothing is left unsaid", async () => {
    const error = Object.assign(new Error("device gone"), { code: "EIO" });
    const calls = { ...nodeCalls, fsync: () => Promise.reject(error) };
    const storage = new NodeStorage(join(temporaryDirectory(), "log"), {}, { calls });
    await expect(storage.lock()).rejects.toBe(error);
    await expect(storage.create("a")).rejects.toBe(error);
  });
});

describe("files", () => {
  test("are created once, private, listed without the lock, opened, removed", async () => {
    const path = temporaryDirectory();
    const storage = nodeStorage(path);
    const lock = await storage.lock();
    mkdirSync(join(path, "subdirectory"));
    const file = await storage.create("a.wal");
    await file.write(text("hello"), 0);
    await file.close();
    expect(permissions(join(path, "a.wal"))).toBe(0o600);
    await expect(storage.create("a.wal")).rejects.toMatchObject({ code: "EEXIST" });
    expect(() => storage.blocking?.create("a.wal")).toThrow("EEXIST");
    expect(readFileSync(join(path, "a.wal"), "utf8")).toBe("hello");
    expect(await storage.list()).toEqual(["a.wal"]);
    const again = await storage.open("a.wal");
    await again.sync();
    expect(await again.size()).toBe(5);
    await again.close();
    await storage.remove("a.wal");
    await storage.syncDirectory();
    storage.blocking?.syncDirectory();
    expect(await storage.list()).toEqual([]);
    await expect(storage.remove("a.wal")).rejects.toMatchObject({ code: "ENOENT" });
    await lock.release();
  });

  test("that may only be read can be opened and synced all the same", async () => {
    const path = temporaryDirectory();
    writeFileSync(join(path, "a"), "bytes");
    const flags: number[] = [];
    const calls = {
      ...nodeCalls,
      open: async (name: string, wanted: number, mode: number): Promise<number> => {
        flags.push(wanted & 3);
        if ((wanted & 3) !== 0) throw Object.assign(new Error("refused"), { code: "EACCES" });
        return await nodeCalls.open(name, wanted, mode);
      },
    };
    chmodSync(join(path, "a"), 0o400);
    const file = await new NodeStorage(path, {}, { calls }).open("a");
    await file.sync();
    const into = new Uint8Array(5);
    expect(await file.read(into, 0)).toBe(5);
    await file.close();
    expect(flags).toEqual([2, 0]);
  });

  test("a create that cannot open its second descriptor leaves none open", async () => {
    const closed: number[] = [];
    const calls = {
      ...nodeCalls,
      open: async (path: string, flags: number, mode: number): Promise<number> => {
        if (path.endsWith("a") && (flags & 3) === 1) throw new Error("too many");
        return await nodeCalls.open(path, flags, mode);
      },
      close: async (fd: number): Promise<void> => {
        closed.push(fd);
        await nodeCalls.close(fd);
      },
    };
    const storage = new NodeStorage(temporaryDirectory(), {}, { calls });
    await (await storage.create("b")).close();
    closed.length = 0;
    await expect(storage.create("a")).rejects.toThrow("too many");
    expect(closed).toHaveLength(1);
  });

  test("zeros ahead are really there, cut by truncate, absent if not wanted", async () => {
    const path = temporaryDirectory();
    const sizes = async (zeroAhead: boolean): Promise<number[]> => {
      const name = zeroAhead ? "with" : "without";
      const file = await nodeStorage(path, { zeroAhead }).create(name, {
        preallocateBytes: 4 << 20,
      });
      await file.write(new Uint8Array(4096).fill(1), 0);
      await file.sync();
      for (let index = 0; index < 20; index += 1)
        file.blocking?.writeAndSync?.(text("x"), 4096 + index);
      // Space that is written, not a hole: the file occupies what it claims.
      const blocks = lstatSync(join(path, name)).blocks * 512;
      const size = await file.size();
      await file.truncate(4116);
      await file.close();
      return [size, Math.min(size, blocks), statSync(join(path, name)).size];
    };
    expect(await sizes(false)).toEqual([4116, 4116, 4116]);
    const [size, occupied, end] = await sizes(true);
    const zeros = process.platform === "linux";
    expect((size ?? 0) > 200_000).toBe(zeros);
    expect(occupied).toBe(size);
    expect(end).toBe(4116);
  });
});

describe("bad arguments", () => {
  const names = ["", ".", "..", "a/b", "../a", "a\\b", "c:", "a\0", ".stria.lock", "x".repeat(256)];
  test.each(names)("the name %j is refused", async (name) => {
    const storage = nodeStorage(temporaryDirectory());
    await expect(storage.create(name)).rejects.toThrow(RangeError);
    await expect(storage.open(name)).rejects.toThrow(/^name must be/);
    await expect(storage.remove(name)).rejects.toThrow(RangeError);
    expect(() => storage.blocking?.create(name)).toThrow(RangeError);
  });

  test("options name themselves and their range", () => {
    expect(() => nodeStorage("")).toThrow(RangeError);
    expect(() => nodeStorage("a\0b")).toThrow(/^directory must/);
    expect(() => nodeStorage(7 as unknown as string)).toThrow(TypeError);
    expect(() => nodeStorage("a", { fileMode: 0o1000 })).toThrow(/^fileMode must .* 0o777/);
    expect(() => nodeStorage("a", { directoryMode: 1.5 })).toThrow(RangeError);
    expect(() => nodeStorage("a", { fileMode: "600" as unknown as number })).toThrow(TypeError);
    expect(() => nodeStorage("a", { zeroAhead: 1 as unknown as boolean })).toThrow(TypeError);
  });
});
