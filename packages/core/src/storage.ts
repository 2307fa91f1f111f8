/**
 * The storage contract: bytes, names, sync, lock. All the log knows of a platform.
 * An adapter knows nothing of records; the contract suite in `@stria/testkit` tests what it claims.
 * Verbs reject with any error; the log reports it with `cause`, as `WAL_NO_SPACE` if its `code` or `name` is
 * ENOSPC, EDQUOT or QuotaExceededError, else as `WAL_STORAGE`. A `WalError` comes through as it is.
 */
import { FRAMES_START, SECTOR_BYTES } from "./format/segment-header.ts";
import type { HostThread } from "./remote/host-thread.ts";

/** What an adapter can and cannot promise. What the log cannot do without, it refuses: `appendSync` without `synchronous`. */
export interface StorageCapabilities {
  /** After `sync()` and `syncDirectory()` bytes and names survive a power cut. For people to read: the log works the same either way. */
  readonly powerLossDurable: boolean;
  /** The `blocking` verbs are there: `appendSync` and a blocking flusher work. */
  readonly synchronous: boolean;
  /** `create` makes use of `preallocateBytes`. */
  readonly preallocate: boolean;
  /** No file can grow beyond this. */
  readonly maxFileBytes?: number;
}

/** Held by the one writer of a log (I10); must die with its process. */
export interface StorageLock {
  /** Again: does nothing, whoever holds the lock by then. */
  release(): Promise<void>;
}

/** What the log knows of a file it has made. */
export interface CreateOptions {
  /** A hint of the file's final size. */
  readonly preallocateBytes?: number;
  /**
   * The log needs the file to open or to checkpoint, and not for new records. A storage with room for so
   * many files alone keeps some for this: else a full log could not be freed.
   */
  readonly reserve?: boolean;
}

/** A directory of segment files. */
export interface Storage {
  /** Names the place for people, e.g. `node-fs:./data/wal`. */
  readonly name: string;
  readonly capabilities: StorageCapabilities;
  /** Takes the writer's lock; rejects with `WAL_LOCKED` while another writer lives, in this process or another. */
  lock(): Promise<StorageLock>;
  /** Names of all files, in any order. */
  list(): Promise<string[]>;
  /**
   * Creates a file; rejects if the name exists. It is empty, or {@link StorageFile.recycled}: then all but its
   * first {@link RECYCLED_HEAD_BYTES} bytes, which are zeros, may be those of a file that was removed before.
   */
  create(name: string, options?: CreateOptions): Promise<StorageFile>;
  /** Opens an existing file for reading, or rejects; `sync()` must work on it. */
  open(name: string): Promise<StorageFile>;
  /**
   * Rejects if there is no such file. A handle that is still open goes on reading the old bytes or rejects; it
   * never reads zeros. In another process it may meet the file's next life, if it is recycled.
   */
  remove(name: string): Promise<void>;
  /** Makes all creates and removes so far durable, those of other processes included. */
  syncDirectory(): Promise<void>;
  /** The same verbs blocking, where `capabilities.synchronous`. */
  readonly blocking?: BlockingStorage;
  /**
   * CRC-32 (IEEE, as zlib) of `bytes`, continuing from `seed`; unsigned. Given where the platform has
   * a faster one than the `crc-32` package; must return the same numbers.
   */
  crc32?(bytes: Uint8Array, seed: number): number;
  /** Starts a thread that serves a log on this storage; `Wal.open({ flusher: "worker" })` asks for it. */
  host?(): HostThread;
}

/** What a recycled file hides of its former life: the header, and the sector where the first frame stands. */
export const RECYCLED_HEAD_BYTES: number = FRAMES_START + SECTOR_BYTES;

/** One open file. Calls on one file are never made concurrently by the log's writer; readers use handles of their own. */
export interface StorageFile {
  /** `create` gave it the space of a removed file; see there. */
  readonly recycled?: boolean;
  /** Bytes in the file, preallocated and recycled space included. */
  size(): Promise<number>;
  /** Reads up to `into.length` bytes at `at`; resolves to the count, 0 at the end. May be short. */
  read(into: Uint8Array, at: number): Promise<number>;
  /**
   * Writes all of `bytes` at `at`, or rejects; a gap before `at` becomes zeros. Every other handle can read
   * them when it resolves, synced or not. The caller must not touch `bytes` until it settles, and reuses them after.
   */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Cuts the file to `size`; only used on the file being written, when sealing it. */
  truncate(size: number): Promise<void>;
  /** Everything written to this file, by whomever, is on the device when it resolves. Must work on files opened for reading. */
  sync(): Promise<void>;
  /** Lets go; every other verb of this handle rejects afterwards. */
  close(): Promise<void>;
  /**
   * Optional: `write` and make exactly these bytes (and the metadata needed to find them) durable in
   * one step. Bytes of earlier plain `write`s are not covered: those still need `sync()`.
   */
  writeAndSync?(bytes: Uint8Array, at: number): Promise<void>;
  /** `create` took it from what is kept for `reserve`: no new record is written to it. */
  readonly fromReserve?: boolean;
  /** The same verbs blocking, where the storage's `capabilities.synchronous`. */
  readonly blocking?: BlockingFile;
}

/** Blocking twins of the {@link Storage} verbs the write path needs. Files they return have `blocking`. */
export interface BlockingStorage {
  create(name: string, options?: CreateOptions): StorageFile;
  syncDirectory(): void;
}

/** Blocking twins of the {@link StorageFile} verbs. Never called while an asynchronous verb of the same file is in flight. */
export interface BlockingFile {
  read(into: Uint8Array, at: number): number;
  write(bytes: Uint8Array, at: number): void;
  truncate(size: number): void;
  sync(): void;
  close(): void;
  writeAndSync?(bytes: Uint8Array, at: number): void;
}
