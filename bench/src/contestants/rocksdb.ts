/** rocksdb: the RocksDB binding of the Level family, with callbacks. */
import { coalesced } from "../coalesce.ts";
import type { Contestant, Session } from "../contestant.ts";
import { loadCommonJs } from "../load.ts";
import { keyAt, numberOf } from "./level-key.ts";

type Done = (error?: Error | null) => void;
type Operation = { type: "put"; key: Buffer; value: Buffer };
interface Iterator {
  next(done: (error: Error | null, key?: Buffer, value?: Buffer) => void): void;
  end(done: Done): void;
}
interface Rocks {
  open(done: Done): void;
  close(done: Done): void;
  put(key: Buffer, value: Buffer, options: { sync: boolean }, done: Done): void;
  batch(operations: Operation[], options: { sync: boolean }, done: Done): void;
  clear(range: { lte: Buffer }, done: Done): void;
  get(key: Buffer, done: (error: Error | null, value?: Buffer) => void): void;
  iterator(range: { gt?: Buffer; reverse?: boolean; limit?: number }): Iterator;
}

export const rocksdb: Contestant = contestant("rocksdb sync", false);
export const rocksdbBatched: Contestant = contestant("rocksdb sync +batch", true);

function contestant(name: string, batched: boolean): Contestant {
  return {
    name,
    package: "rocksdb",
    kind: "rival",
    guarantee: `one fdatasync a ${batched ? "batch, callers coalesced by the harness" : "put"}; crc32c`,
    blocking: false,
    open: (directory) => openRocks(directory, batched),
  };
}

async function openRocks(directory: string, batched: boolean): Promise<Session> {
  const Rocks = loadCommonJs("rocksdb") as (path: string) => Rocks;
  const db = Rocks(directory);
  await settled((done) => db.open(done));
  let last = 0;
  await each(db.iterator({ reverse: true, limit: 1 }), (_, key) => {
    last = numberOf(key);
  });
  const put = (value: Uint8Array): Operation => ({
    type: "put",
    key: bufferAt(++last),
    value: asBuffer(value),
  });
  return {
    append: batched
      ? coalesced((records) => settled((done) => db.batch(records.map(put), { sync: true }, done)))
      : (record) =>
          settled((done) => db.put(bufferAt(++last), asBuffer(record), { sync: true }, done)),
    trim: (count) => settled((done) => db.clear({ lte: bufferAt(count) }, done)),
    get: (index) =>
      new Promise((resolve, reject) => {
        db.get(bufferAt(index + 1), (error, value) => (error ? reject(error) : resolve(value)));
      }),
    read: (visit, first = 0) => each(db.iterator({ gt: bufferAt(first) }), visit),
    close: () => settled((done) => db.close(done)),
  };
}

function each(iterator: Iterator, visit: (value: Buffer, key: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const step = (error: Error | null, key?: Buffer, value?: Buffer): void => {
      if (error) reject(error);
      else if (key === undefined || value === undefined) {
        iterator.end((failed) => (failed ? reject(failed) : resolve()));
      } else {
        visit(value, key);
        iterator.next(step);
      }
    };
    iterator.next(step);
  });
}

function settled(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}

/** The same memory; a plain Uint8Array would be stored as text. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function bufferAt(number: number): Buffer {
  return Buffer.from(keyAt(number).buffer);
}
