/**
 * What the adapter needs of a browser, as interfaces small enough to be faked, and the browser's own.
 * Nothing here knows of slots. Everything a browser may lack is found out here, and is a
 * `WAL_UNSUPPORTED` that says what to do: there is no fall-back to memory anywhere in this package.
 */
import { systemClock, WalError } from "@stria/core";
import type { Clock } from "@stria/core";

/** The verbs of a `FileSystemSyncAccessHandle` in use here. Every result is checked in `sync-access.ts`. */
export interface SyncAccess {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/** The part of a `FileSystemFileHandle` in use here. */
export interface OpfsFileHandle {
  createSyncAccessHandle(): Promise<SyncAccess>;
  getFile(): Promise<Blob>;
}

/** The part of a `FileSystemDirectoryHandle` in use here. */
export interface OpfsDirectory {
  keys(): AsyncIterableIterator<string>;
  getFileHandle(name: string, options?: { create?: boolean }): Promise<OpfsFileHandle>;
  getDirectoryHandle(name: string, options?: { create?: boolean }): Promise<OpfsDirectory>;
  removeEntry(name: string, options?: { recursive?: boolean }): Promise<void>;
}

/** The part of the Web Locks API in use here. */
export interface WebLocks {
  request(
    name: string,
    options: { mode: "exclusive"; signal: AbortSignal },
    held: () => Promise<void>,
  ): Promise<unknown>;
  query(): Promise<{ held?: readonly { name?: string; clientId?: string }[] }>;
}

/** What the browser says about the room it grants this origin. */
export interface StorageRoom {
  /** `false`: the browser may evict the whole origin when it needs space. */
  readonly persisted?: boolean;
  readonly quotaBytes?: number;
  readonly usageBytes?: number;
}

/** A browser, as far as the adapter is concerned. */
export interface OpfsPlatform {
  readonly locks: WebLocks;
  readonly clock: Clock;
  /** False where a browser's flush stops at the drive's cache (Apple's systems). */
  readonly flushReachesDrive: boolean;
  root(): Promise<OpfsDirectory>;
  room(): Promise<StorageRoom>;
}

/** The browser this code runs in; throws `WAL_UNSUPPORTED` outside a dedicated worker or without OPFS. */
export function browserPlatform(): OpfsPlatform {
  const { navigator } = globalThis;
  const storage: Partial<StorageManager> | undefined = navigator?.storage;
  if (storage?.getDirectory === undefined) {
    throw unsupported(
      "there is no origin private file system: serve the page by https or from localhost",
    );
  }
  if (!dedicatedWorker()) {
    throw unsupported(
      "files can be opened in a dedicated worker only: run the log in a `new Worker(…)`",
    );
  }
  if (navigator.locks === undefined) {
    throw unsupported("there are no Web Locks: a current browser and a secure context are needed");
  }
  return {
    locks: navigator.locks,
    clock: systemClock,
    flushReachesDrive: !/Mac OS|Macintosh|iPhone|iPad/.test(navigator.userAgent),
    root: () => rootDirectory(navigator.storage),
    room: () => storageRoom(navigator.storage),
  };
}

/** A `WAL_UNSUPPORTED` in the words of this package. */
export function unsupported(why: string, cause?: unknown): WalError {
  return new WalError(
    "WAL_UNSUPPORTED",
    `OPFS storage: ${why}`,
    cause === undefined ? {} : { cause },
  );
}

/** True for an exception of that DOM name, whichever realm made it. */
export function isNamed(error: unknown, name: string): boolean {
  return typeof error === "object" && error !== null && "name" in error && error.name === name;
}

function dedicatedWorker(): boolean {
  // Missing on pages and in shared workers, in every browser: the one test that needs no names of scopes.
  const prototype: object | undefined = globalThis.FileSystemFileHandle?.prototype;
  return prototype !== undefined && "createSyncAccessHandle" in prototype;
}

async function rootDirectory(storage: StorageManager): Promise<OpfsDirectory> {
  try {
    return await storage.getDirectory();
  } catch (cause) {
    // Firefox says SecurityError, Safari UnknownError in private windows.
    throw unsupported(
      "the browser refuses private files here: leave private browsing, or allow this site to store data",
      cause,
    );
  }
}

async function storageRoom(storage: StorageManager): Promise<StorageRoom> {
  const [persisted, estimate] = await Promise.all([storage.persisted(), storage.estimate()]);
  return {
    persisted,
    ...(estimate.quota === undefined ? {} : { quotaBytes: estimate.quota }),
    ...(estimate.usage === undefined ? {} : { usageBytes: estimate.usage }),
  };
}
