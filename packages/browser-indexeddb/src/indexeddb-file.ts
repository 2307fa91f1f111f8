/**
 * One file of the database: reads and writes at any offset, cut into extents. Every verb is one
 * transaction that looks the file up first, so a file that was removed is an error and never zeros.
 */
import type { StorageFile } from "@stria/core";
import {
  type Database,
  type ExtentRow,
  type FileRow,
  type Reading,
  type Writing,
  barrier,
  extentBytes,
  reading,
  writing,
} from "./database.ts";

/** A handle on the file `name`; it holds nothing of the file and nothing but `close` ends it. */
export class IndexedDbFile implements StorageFile {
  readonly #database: Database;
  readonly #name: string;
  #closed = false;

  constructor(database: Database, name: string) {
    this.#database = database;
    this.#name = name;
  }

  async size(): Promise<number> {
    this.#mustBeOpen();
    return reading(this.#database, async (transaction) => {
      return (await rowOf(transaction, this.#name)).size;
    });
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    this.#mustBeOpen();
    return reading(this.#database, async (transaction) => {
      const { size } = await rowOf(transaction, this.#name);
      const length = Math.max(0, Math.min(into.length, size - at));
      if (length === 0) return 0;
      const range = overlapping(this.#name, at, at + length);
      const extents = await transaction.objectStore("extents").getAll(range);
      into.fill(0, 0, length);
      for (const extent of extents) {
        const { bytes, at: start } = between(extent, at, at + length);
        into.set(bytes, start - at);
      }
      return length;
    });
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    this.#mustBeOpen();
    await writing(this.#database, async (transaction) => {
      const row = await rowOf(transaction, this.#name);
      const end = at + bytes.length;
      if (at < row.size) await clear(transaction, this.#name, at, end);
      const extents = transaction.objectStore("extents");
      const puts: Promise<unknown>[] = [];
      for (let from = 0; from < bytes.length; from += extentBytes) {
        // A copy of its own: of a view the browser would store the whole buffer, and shared memory not at all.
        const piece = bytes.slice(from, from + extentBytes);
        puts.push(extents.put({ file: this.#name, at: at + from, bytes: piece }));
      }
      if (end > row.size) puts.push(resize(transaction, row, end));
      await Promise.all(puts);
    });
  }

  /** The same as `write`: every transaction is strict. */
  writeAndSync(bytes: Uint8Array, at: number): Promise<void> {
    return this.write(bytes, at);
  }

  async truncate(size: number): Promise<void> {
    this.#mustBeOpen();
    await writing(this.#database, async (transaction) => {
      const row = await rowOf(transaction, this.#name);
      if (size < row.size) {
        await clear(transaction, this.#name, size, size + 1, { keepRest: false });
        const rest = IDBKeyRange.bound([this.#name, size], [this.#name, Infinity]);
        await transaction.objectStore("extents").delete(rest);
      }
      if (size !== row.size) await resize(transaction, row, size);
    });
  }

  async sync(): Promise<void> {
    this.#mustBeOpen();
    await barrier(this.#database);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new Error(`${this.#name}: this file is closed`);
  }
}

/** The file's row; rejects if there is no such file (any more). */
export async function rowOf(transaction: Reading | Writing, name: string): Promise<FileRow> {
  const row = await transaction.objectStore("files").get(name);
  if (row === undefined) throw new Error(`${name}: no such file`);
  return row;
}

/** Removes the bytes in [from, to) from the extents; without `keepRest` what an extent has behind them, too. */
async function clear(
  transaction: Writing,
  file: string,
  from: number,
  to: number,
  { keepRest = true } = {},
): Promise<void> {
  const extents = transaction.objectStore("extents");
  for (const extent of await extents.getAll(overlapping(file, from, to))) {
    const end = extent.at + extent.bytes.length;
    if (end <= from) continue;
    await extents.delete([file, extent.at]);
    if (extent.at < from) await extents.put(between(extent, 0, from));
    if (keepRest && end > to) await extents.put(between(extent, to, end));
  }
}

async function resize(transaction: Writing, row: FileRow, size: number): Promise<void> {
  await transaction.objectStore("files").put({ ...row, size });
}

/** Keys of all extents that may have bytes in [from, to). */
function overlapping(file: string, from: number, to: number): IDBKeyRange {
  const first = Math.max(0, from - extentBytes + 1);
  return IDBKeyRange.bound([file, first], [file, to], false, true);
}

/** The part of an extent in [from, to), with a copy of its bytes; empty if there is none. */
function between({ file, at, bytes }: ExtentRow, from: number, to: number): ExtentRow {
  const start = Math.max(at, from);
  return { file, at: start, bytes: bytes.slice(start - at, Math.max(start, to) - at) };
}
