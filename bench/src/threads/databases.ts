/**
 * Databases that several threads may write to at once, each worker with a connection of its own to the
 * same file. Callers of one worker are coalesced into one transaction, as for one thread.
 */
import { join } from "node:path";
import { betterSqliteFullBatched } from "../contestants/better-sqlite3.ts";
import { lmdbEachPut } from "../contestants/lmdb.ts";
import { coalesced } from "../coalesce.ts";
import type { Contestant } from "../contestant.ts";
import type { Database } from "../contestants/sqlite.ts";
import { load, loadCommonJs } from "../load.ts";
import type { ThreadHost, ThreadSession, Threads } from "./threads.ts";

/** How long a connection waits for the others' transactions. */
const BUSY_MS = 60_000;
/** Keys of a worker begin here times its number. */
const KEYS_A_WORKER = 2 ** 28;

export const betterSqliteThreads: Contestant = {
  ...betterSqliteFullBatched,
  name: "better-sqlite3 FULL +txn, a connection a worker",
  threads: {
    host: async (directory) => {
      const db = sqlite(directory);
      db.exec("PRAGMA journal_mode = WAL");
      db.exec("CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)");
      db.close();
      return nothingToOwn;
    },
    join: async (_, { directory }): Promise<ThreadSession> => {
      const db = sqlite(directory);
      db.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA synchronous = FULL;`);
      const insert = db.prepare("INSERT INTO log (payload) VALUES (?)");
      const append = coalesced((records) => {
        db.exec("BEGIN IMMEDIATE");
        for (const record of records) insert.run(record);
        db.exec("COMMIT");
        return undefined;
      });
      return { append, close: async () => db.close() };
    },
  },
};

export const lmdbThreads: Contestant = {
  ...lmdbEachPut,
  name: "lmdb overlappingSync:false, a handle a worker",
  threads: lmdbTogether(),
};

const nothingToOwn: ThreadHost = {
  ticket: () => ({ data: undefined }),
  close: async () => undefined,
};

function sqlite(directory: string): Database {
  const Sqlite = loadCommonJs("better-sqlite3") as new (path: string) => Database;
  return new Sqlite(join(directory, "log.sqlite"));
}

interface Lmdb {
  put(key: number, value: Uint8Array): Promise<boolean>;
  close(): Promise<void>;
}
interface LmdbModule {
  readonly open: (options: Record<string, unknown>) => Lmdb;
}

function lmdbTogether(): Threads {
  return {
    host: async () => nothingToOwn,
    join: async (_, { directory, worker }): Promise<ThreadSession> => {
      const { open } = (await load("lmdb")) as LmdbModule;
      const db = open({
        path: join(directory, "data.mdb"),
        encoding: "binary",
        keyEncoding: "uint32",
        overlappingSync: false,
      });
      let last = worker * KEYS_A_WORKER;
      return { append: (record) => db.put(++last, record), close: () => db.close() };
    },
  };
}
