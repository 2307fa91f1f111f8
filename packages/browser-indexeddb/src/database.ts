/**
 * The database behind one log, and the only transactions there are. A file is a row in `files` and its
 * bytes are rows in `extents`, one for each piece written, keyed by file and offset: an append is one
 * new row and rewrites none. What no extent covers below the file's size is zeros.
 *
 * Every writing transaction asks for `strict` durability: it completes when the browser has flushed it.
 */
import { WalError } from "@stria/core";
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from "idb";

/** Larger pieces are cut. Chromium moves values of 64 KiB and more out of the database, into files beside it. */
export const extentBytes = 32_768;

/** A row of `files`. */
export interface FileRow {
  readonly name: string;
  readonly size: number;
}

/** A row of `extents`: at most `extentBytes` bytes, overlapping no other. */
export interface ExtentRow {
  readonly file: string;
  readonly at: number;
  readonly bytes: Uint8Array;
}

interface LogSchema extends DBSchema {
  files: { key: string; value: FileRow };
  extents: { key: [file: string, at: number]; value: ExtentRow };
  barrier: { key: string; value: number };
}

const stores = ["files", "extents", "barrier"] as const;
const version = 1;

/** An open connection. */
export type Database = IDBPDatabase<LogSchema>;
/** A transaction that may write everything. */
export type Writing = IDBPTransaction<LogSchema, typeof stores, "readwrite">;
/** A transaction that sees one state of everything. */
export type Reading = IDBPTransaction<LogSchema, typeof stores>;

/** The database's name for a log's name. */
export function databaseName(log: string): string {
  return `stria:${log}`;
}

/**
 * Connects, and makes the database if it is not there. `onClosed` is told when the connection ends
 * without being asked to: the database is being destroyed, or the browser took it away.
 */
export async function connect(log: string, onClosed: () => void): Promise<Database> {
  if (!("indexedDB" in globalThis)) {
    throw new WalError("WAL_UNSUPPORTED", "there is no IndexedDB here");
  }
  try {
    const database = await openDB<LogSchema>(databaseName(log), version, {
      upgrade(made) {
        made.createObjectStore("files", { keyPath: "name" });
        made.createObjectStore("extents", { keyPath: ["file", "at"] });
        made.createObjectStore("barrier");
      },
      blocking() {
        database.close();
        onClosed();
      },
      terminated: onClosed,
    });
    return database;
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "VersionError")) throw error;
    throw new WalError(
      "WAL_UNSUPPORTED_VERSION",
      `database ${databaseName(log)}: expected version ${version}, found a newer one`,
      { cause: error },
    );
  }
}

/** Reads in one transaction: all of `work` sees the same state. */
export function reading<T>(
  database: Database,
  work: (transaction: Reading) => Promise<T>,
): Promise<T> {
  return settled(database.transaction(stores, "readonly"), work);
}

/** Writes all of `work` or nothing; resolves when it is flushed. */
export function writing<T>(
  database: Database,
  work: (transaction: Writing) => Promise<T>,
): Promise<T> {
  return settled(database.transaction(stores, "readwrite", { durability: "strict" }), work);
}

/**
 * Flushes what others have committed: a transaction of a process that died may be visible and not yet
 * on the device. It must write something, for an empty transaction is flushed by nobody.
 */
export async function barrier(database: Database): Promise<void> {
  await writing(database, async (transaction) => {
    const store = transaction.objectStore("barrier");
    await store.put(((await store.get("count")) ?? 0) + 1, "count");
  });
}

async function settled<T, Mode extends IDBTransactionMode>(
  transaction: IDBPTransaction<LogSchema, typeof stores, Mode>,
  work: (transaction: IDBPTransaction<LogSchema, typeof stores, Mode>) => Promise<T>,
): Promise<T> {
  const working = work(transaction).catch((error: unknown) => {
    abort(transaction);
    throw error;
  });
  const [worked, done] = await Promise.allSettled([working, transaction.done]);
  // Where the browser aborted, a request says only that; the transaction says why, a full quota for example.
  const reasons = [worked, done].flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  const cause = reasons.find((reason) => !isNamed(reason, "AbortError")) ?? reasons[0];
  if (cause !== undefined) throw cause;
  return (worked as PromiseFulfilledResult<T>).value;
}

function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch (error) {
    // The failed request has aborted it already.
    if (!isNamed(error, "InvalidStateError")) throw error;
  }
}

/** True for a platform error of that name. */
export function isNamed(error: unknown, name: string): boolean {
  return error instanceof DOMException && error.name === name;
}
