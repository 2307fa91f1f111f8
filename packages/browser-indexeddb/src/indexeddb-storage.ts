/**
 * The storage contract on one database: names are rows, a lock is a Web Lock, and there is no
 * directory to sync, because a row is its own name. Knows nothing of records.
 */
import type { Storage, StorageCapabilities, StorageFile, StorageLock } from "@stria/core";
import { type Database, barrier, connect, reading, writing } from "./database.ts";
import { IndexedDbFile, rowOf } from "./indexeddb-file.ts";
import { takeWriterLock } from "./writer-lock.ts";

/** How long a page on its way out is waited for. */
export const defaultLockTimeoutMs = 2000;

/** What {@link indexedDbStorage} takes. */
export interface IndexedDbStorageOptions {
  /** How long a page on its way out is waited for, in milliseconds, before `WAL_LOCKED`. Default 2000. */
  readonly lockTimeoutMs?: number;
}

/** A {@link Storage} that can be let go of. */
export interface IndexedDbStorage extends Storage {
  /** Closes the connection. Files still open fail from then on; the next verb of the storage connects again. */
  close(): Promise<void>;
}

/**
 * Storage of the log `name` of this origin, in a database of its own. Runs wherever there are IndexedDB
 * and Web Locks: on the page, in dedicated, shared and service workers. Nothing is touched before the
 * first verb.
 *
 * @throws TypeError if the name is empty
 */
export function indexedDbStorage(
  name: string,
  { lockTimeoutMs = defaultLockTimeoutMs }: IndexedDbStorageOptions = {},
): IndexedDbStorage {
  if (typeof name !== "string" || name === "") throw new TypeError("name must not be empty");
  return new DatabaseStorage(name, lockTimeoutMs);
}

class DatabaseStorage implements IndexedDbStorage {
  readonly name: string;
  readonly capabilities: StorageCapabilities = {
    powerLossDurable: false,
    synchronous: false,
    preallocate: false,
  };
  readonly #log: string;
  readonly #lockTimeoutMs: number;
  #connecting: Promise<Database> | undefined;

  constructor(log: string, lockTimeoutMs: number) {
    this.name = `indexeddb:${log}`;
    this.#log = log;
    this.#lockTimeoutMs = lockTimeoutMs;
  }

  lock(): Promise<StorageLock> {
    return takeWriterLock(this.#log, this.#lockTimeoutMs);
  }

  async list(): Promise<string[]> {
    return reading(await this.#database(), (transaction) =>
      transaction.objectStore("files").getAllKeys(),
    );
  }

  async create(name: string): Promise<StorageFile> {
    const database = await this.#database();
    await writing(database, (transaction) =>
      transaction.objectStore("files").add({ name, size: 0 }),
    );
    return new IndexedDbFile(database, name);
  }

  async open(name: string): Promise<StorageFile> {
    const database = await this.#database();
    await reading(database, (transaction) => rowOf(transaction, name));
    return new IndexedDbFile(database, name);
  }

  async remove(name: string): Promise<void> {
    await writing(await this.#database(), async (transaction) => {
      await rowOf(transaction, name);
      await transaction.objectStore("files").delete(name);
      const extents = IDBKeyRange.bound([name, 0], [name, Infinity]);
      await transaction.objectStore("extents").delete(extents);
    });
  }

  async syncDirectory(): Promise<void> {
    await barrier(await this.#database());
  }

  async close(): Promise<void> {
    const connecting = this.#connecting;
    this.#connecting = undefined;
    (await connecting)?.close();
  }

  /** The connection, made on first use, and again after it was closed or failed. */
  #database(): Promise<Database> {
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  #connect(): Promise<Database> {
    const connecting = connect(this.#log, () => this.#forget(connecting));
    connecting.catch(() => this.#forget(connecting));
    return connecting;
  }

  #forget(connecting: Promise<Database>): void {
    if (this.#connecting === connecting) this.#connecting = undefined;
  }
}
