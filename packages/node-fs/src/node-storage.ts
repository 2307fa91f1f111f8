/**
 * The storage contract on one directory of an ordinary file system. Nothing is touched before the
 * first verb is called; the directory is made by the first that writes.
 */
import { constants, fstatSync } from "node:fs";
import { readdir, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type {
  BlockingStorage,
  HostThread,
  Storage,
  StorageCapabilities,
  StorageFile,
  StorageLock,
} from "@stria/core";
import { crc32 } from "./crc32.ts";
import {
  makeDirectory,
  makeDirectoryBlocking,
  syncDirectory,
  syncDirectoryBlocking,
} from "./directory.ts";
import { lockDirectory } from "./directory-lock.ts";
import { nodeCalls } from "./file-calls.ts";
import type { FileCalls } from "./file-calls.ts";
import { checkName, isSpareName, lockFileName } from "./file-name.ts";
import { startFlushThread } from "./flush-thread.ts";
import { NodeFile } from "./node-file.ts";
import { currentPlatform } from "./platform.ts";
import type { Platform } from "./platform.ts";
import { SpareFiles } from "./spare-files.ts";
import { ZeroAhead } from "./zero-ahead.ts";

/** Options of `nodeStorage`. */
export interface NodeStorageOptions {
  /** Permission bits of new files; 0o600 by default: a log holds what its application holds. */
  readonly fileMode?: number;
  /** Permission bits of new directories; 0o700 by default. */
  readonly directoryMode?: number;
  /**
   * Write zeros ahead of small frequent groups (Linux only; on by default). Halves the time of a
   * small durable append on ext4 at the price of writing those bytes twice.
   */
  readonly zeroAhead?: boolean;
  /**
   * Write new segments over the files of retired ones (Linux only; on by default): bulk appends of a log that is
   * checkpointed are up to twice as fast, at the price of the space of up to two segments while the log is open.
   * Retired records stay readable in those files until they are overwritten or the log is closed.
   */
  readonly recycle?: boolean;
}

/** What tests replace. */
export interface NodeStorageParts {
  readonly calls?: FileCalls;
  readonly platform?: Platform;
}

/** {@link Storage} on `node:fs`. */
export class NodeStorage implements Storage {
  readonly name: string;
  readonly capabilities: StorageCapabilities;
  readonly blocking: BlockingStorage;
  readonly crc32?: (bytes: Uint8Array, seed: number) => number;
  readonly host: () => HostThread;
  readonly #directory: string;
  readonly #fileMode: number;
  readonly #directoryMode: number;
  readonly #zeroAhead: boolean;
  readonly #calls: FileCalls;
  readonly #platform: Platform;
  readonly #spares: SpareFiles | undefined;
  #made = false;

  constructor(
    directory: string | URL,
    options: NodeStorageOptions = {},
    parts: NodeStorageParts = {},
  ) {
    const path = checkDirectory(directory);
    this.name = `node-fs:${path}`;
    this.#directory = resolve(path);
    this.#fileMode = checkMode(options.fileMode ?? 0o600, "fileMode");
    this.#directoryMode = checkMode(options.directoryMode ?? 0o700, "directoryMode");
    this.#calls = parts.calls ?? nodeCalls;
    this.#platform = parts.platform ?? currentPlatform;
    this.#zeroAhead = checkFlag(options.zeroAhead ?? true, "zeroAhead") && this.#platform.zeroAhead;
    const recycles = checkFlag(options.recycle ?? true, "recycle") && this.#platform.zeroAhead;
    this.#spares = recycles ? new SpareFiles(this.#calls, this.#directory) : undefined;
    this.capabilities = {
      powerLossDurable: this.#platform.directorySync,
      synchronous: true,
      preallocate: this.#zeroAhead,
    };
    if (crc32 !== undefined) this.crc32 = crc32;
    this.host = () => startFlushThread(this.#directory, options);
    this.blocking = {
      create: (name, wanted) => this.#createBlocking(name, wanted?.preallocateBytes),
      syncDirectory: () => {
        if (this.#platform.directorySync) syncDirectoryBlocking(this.#calls, this.#directory);
      },
    };
  }

  async lock(): Promise<StorageLock> {
    await this.#make();
    const lock = await lockDirectory(this.#directory, this.#fileMode);
    const spares = this.#spares;
    if (spares === undefined) return lock;
    await spares.begin();
    let released: Promise<void> | undefined;
    return { release: () => (released ??= spares.end().then(() => lock.release())) };
  }

  async list(): Promise<string[]> {
    try {
      const entries = await readdir(this.#directory, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .filter((name) => name !== lockFileName && !isSpareName(name));
    } catch (error) {
      // A directory that is not there holds no files; any other error is not "empty".
      if ((error as { code?: unknown }).code === "ENOENT") return [];
      throw error;
    }
  }

  async create(name: string, options?: { preallocateBytes?: number }): Promise<StorageFile> {
    const path = this.#path(name);
    await this.#make();
    let fd = await this.#calls.open(path, createFlags, this.#fileMode);
    try {
      const bytes = options?.preallocateBytes ?? 0;
      // The name was free; a spare takes the place of the empty file that holds it.
      const recycled = bytes > 0 && (await this.#spares?.give(path)) === true;
      if (recycled) {
        await this.#calls.close(fd);
        fd = -1;
        fd = await this.#calls.open(path, constants.O_RDWR, 0);
      }
      const recycledBytes = recycled ? await this.#calls.size(fd) : 0;
      const flag = this.#platform.durableWriteFlag;
      const durableFd =
        flag === undefined
          ? undefined
          : await this.#calls.open(path, constants.O_WRONLY | flag, this.#fileMode);
      return this.#file({ path, fd, durableFd, limitBytes: bytes, recycledBytes });
    } catch (error) {
      if (fd >= 0) await this.#calls.close(fd);
      throw error;
    }
  }

  async open(name: string): Promise<StorageFile> {
    const fd = await this.#openExisting(this.#path(name));
    return new NodeFile({ calls: this.#calls, fd, fullSync: this.#platform.fullSync });
  }

  async remove(name: string): Promise<void> {
    const path = this.#path(name);
    if ((await this.#spares?.take(path)) !== true) await unlink(path);
  }

  async syncDirectory(): Promise<void> {
    if (this.#platform.directorySync) await syncDirectory(this.#calls, this.#directory);
  }

  /** Read-write, because Windows syncs no other; read-only where that is all this user may do. */
  async #openExisting(path: string): Promise<number> {
    try {
      return await this.#calls.open(path, constants.O_RDWR, 0);
    } catch (error) {
      if (!readOnlyCodes.has((error as { code?: unknown }).code)) throw error;
      return await this.#calls.open(path, constants.O_RDONLY, 0);
    }
  }

  #createBlocking(name: string, bytes = 0): StorageFile {
    const path = this.#path(name);
    const { blocking } = this.#calls;
    if (!this.#made) makeDirectoryBlocking(this.#calls, this.#directory, this.#making());
    this.#made = true;
    let fd = blocking.open(path, createFlags, this.#fileMode);
    try {
      const recycled = bytes > 0 && this.#spares?.giveBlocking(path) === true;
      if (recycled) {
        blocking.close(fd);
        fd = -1;
        fd = blocking.open(path, constants.O_RDWR, 0);
      }
      const recycledBytes = recycled ? fstatSync(fd).size : 0;
      const flag = this.#platform.durableWriteFlag;
      const durableFd =
        flag === undefined
          ? undefined
          : blocking.open(path, constants.O_WRONLY | flag, this.#fileMode);
      return this.#file({ path, fd, durableFd, limitBytes: bytes, recycledBytes });
    } catch (error) {
      if (fd >= 0) blocking.close(fd);
      throw error;
    }
  }

  #file(made: Created): NodeFile {
    const { path, fd, durableFd, limitBytes, recycledBytes } = made;
    const durableWriteFlag = this.#platform.durableWriteFlag;
    const ahead = { calls: this.#calls, path, limitBytes, writtenBytes: recycledBytes };
    const zeroAhead =
      this.#zeroAhead && durableWriteFlag !== undefined && limitBytes > 0
        ? new ZeroAhead({ ...ahead, durableWriteFlag })
        : undefined;
    const fullSync = this.#platform.fullSync;
    const recycled = recycledBytes > 0;
    return new NodeFile({ calls: this.#calls, fd, durableFd, zeroAhead, fullSync, recycled });
  }

  async #make(): Promise<void> {
    if (this.#made) return;
    await makeDirectory(this.#calls, this.#directory, this.#making());
    this.#made = true;
  }

  #making(): { mode: number; sync: boolean } {
    return { mode: this.#directoryMode, sync: this.#platform.directorySync };
  }

  #path(name: string): string {
    return join(this.#directory, checkName(name));
  }
}

/** A file that `create` has made. */
interface Created {
  readonly path: string;
  readonly fd: number;
  readonly durableFd: number | undefined;
  readonly limitBytes: number;
  /** Its size already, where it was a spare. */
  readonly recycledBytes: number;
}

const createFlags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
const readOnlyCodes: ReadonlySet<unknown> = new Set(["EACCES", "EPERM", "EROFS"]);

function checkDirectory(directory: unknown): string {
  const path = directory instanceof URL ? fileURLToPath(directory) : directory;
  if (typeof path !== "string") throw new TypeError("directory must be a string or a file: URL");
  if (path.length === 0 || path.includes("\0")) {
    throw new RangeError("directory must be a path: not empty, without NUL");
  }
  return path;
}

function checkMode(mode: unknown, option: string): number {
  if (typeof mode !== "number") throw new TypeError(`${option} must be a number`);
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o777) {
    throw new RangeError(`${option} must be an integer from 0 to 0o777: ${mode}`);
  }
  return mode;
}

function checkFlag(flag: unknown, option: string): boolean {
  if (typeof flag !== "boolean") throw new TypeError(`${option} must be a boolean`);
  return flag;
}
