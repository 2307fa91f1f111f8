/** lmdb: groups the puts of one turn of the event loop into one transaction and one sync by itself. */
import { join } from "node:path";
import type { Contestant, Session, Use } from "../contestant.ts";
import { load } from "../load.ts";

interface Lmdb {
  put(key: number, value: Uint8Array): Promise<boolean>;
  getBinary(key: number): Uint8Array | undefined;
  remove(key: number): Promise<boolean>;
  getRange(range: { start?: number }): Iterable<{ key: number; value: Uint8Array }>;
  getKeys(range: { reverse: true; limit: 1 }): Iterable<number>;
  readonly flushed: Promise<unknown>;
  readonly committed: Promise<unknown>;
  close(): Promise<void>;
}
interface LmdbModule {
  open(options: Record<string, unknown>): Lmdb;
}

/** How a put is made durable. */
type Sync = "put" | "flushed" | "never";

/** Puts that may wait before the caller waits for them. */
const MOST_PENDING = 8192;

export const lmdbEachPut: Contestant = contestant("lmdb overlappingSync:false", "put");
export const lmdbFlushed: Contestant = contestant("lmdb put+flushed", "flushed");
export const lmdbNoSync: Contestant = contestant("lmdb noSync", "never");

function contestant(name: string, sync: Sync): Contestant {
  return {
    name,
    package: "lmdb",
    kind: "rival",
    guarantee:
      sync === "never"
        ? "no sync, ever"
        : "one fdatasync a transaction, grouped by event turn; no checksum",
    blocking: false,
    open: (directory, use) => openLmdb(directory, sync, use),
  };
}

async function openLmdb(directory: string, sync: Sync, use: Use): Promise<Session> {
  const lmdb = (await load("lmdb")) as LmdbModule;
  const db = lmdb.open({
    path: join(directory, "data.mdb"),
    encoding: "binary",
    keyEncoding: "uint32",
    noSync: sync === "never",
    ...(sync !== "never" && { overlappingSync: sync === "flushed" }),
  });
  const [newest = 0] = db.getKeys({ reverse: true, limit: 1 });
  let last = Math.max(newest, use.keysFrom ?? 0);
  let dropped = 0;
  return {
    append: async (record) => {
      await db.put(++last, record);
      if (sync === "flushed") await db.flushed;
    },
    push: (record) => {
      const put = db.put(++last, record);
      return last % MOST_PENDING === 0 ? put : undefined;
    },
    settle: async () => {
      await db.committed;
    },
    trim: async (count) => {
      while (dropped < Math.min(count, last)) void db.remove(++dropped);
      await db.committed;
    },
    get: (index) => db.getBinary(index + 1),
    read: async (visit, first = 0) => {
      for (const { value } of db.getRange({ start: first + 1 })) visit(value);
    },
    close: () => db.close(),
  };
}
