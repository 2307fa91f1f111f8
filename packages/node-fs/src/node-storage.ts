/**
 * The storage contract on one directory of an ordinary file system. Nothing is touched before the
 * first verb is called; the directory is made by the first that writes.
 */
import { constants } from "node:fs";
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
import { checkName, lockFileName } from "./file-name.ts";
import { startFlushThread } from "./flush-thread.ts";
import { NodeFile } from "./node-file.ts";
import { currentPlatform } from "./platform.ts";
import type { Platform } from "./platform.ts";
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
    return await lockDirectory(this.#directory, this.#fileMode);
  }

  async list(): Promise<string[]> {
    try {
      const entries = await readdir(this.#directory, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() && entry.name !== lockFileName)
        .map((entry) => entry.name);
    } catch (error) {
      // A directory that is not there holds no files; any other error is not "empty".
      if ((error as { code?: unknown }).code === "ENOENT") return [];
      throw error;
    }
  }

  async create(name: string, options?: { preallocateBytes?: number }): Promise<StorageFile> {
    const path = this.#path(name);
    await this.#make();
    const fd = await this.#calls.open(path, createFlags, this.#fileMode);
    try {
      const flag = this.#platform.durableWriteFlag;
      const durableFd =
        flag === undefined
          ? undefined
          : await this.#calls.open(path, constants.O_WRONLY | flag, this.#fileMode);
      return this.#file(path, fd, durableFd, options?.preallocateBytes);
    } catch (error) {
      await this.#calls.close(fd);
      throw error;
    }
  }

  async open(name: string): Promise<StorageFile> {
    const fd = await this.#openExisting(this.#path(name));
    return new NodeFile({ calls: this.#calls, fd, fullSync: this.#platform.fullSync });
  }

  async remove(name: string): Promise<void> {
    await unlink(this.#path(name));
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

  #createBlocking(name: string, preallocateBytes: number | undefined): StorageFile {
    const path = this.#path(name);
    const { blocking } = this.#calls;
    if (!this.#made) makeDirectoryBlocking(this.#calls, this.#directory, this.#making());
    this.#made = true;
    const fd = blocking.open(path, createFlags, this.#fileMode);
    try {
      const flag = this.#platform.durableWriteFlag;
      const durableFd =
        flag === undefined
          ? undefined
          : blocking.open(path, constants.O_WRONLY | flag, this.#fileMode);
      return this.#file(path, fd, durableFd, preallocateBytes);
    } catch (error) {
      blocking.close(fd);
      throw error;
    }
  }

  #file(path: string, fd: number, durableFd: number | undefined, limitBytes = 0): NodeFile {
    const durableWriteFlag = this.#platform.durableWriteFlag;
    const zeroAhead =
      this.#zeroAhead && durableWriteFlag !== undefined && limitBytes > 0
        ? new ZeroAhead({ calls: this.#calls, path, limitBytes, durableWriteFlag })
        : undefined;
    const fullSync = this.#platform.fullSync;
    return new NodeFile({ calls: this.#calls, fd, durableFd, zeroAhead, fullSync });
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
