/** One table of one blob column in SQLite, through better-sqlite3 or node:sqlite: their verbs are alike. */
import { join } from "node:path";
import { coalesced } from "../coalesce.ts";
import type { Session, Use } from "../contestant.ts";

interface Statement {
  run(...values: unknown[]): unknown;
  get(...values: unknown[]): unknown;
  iterate(...values: unknown[]): Iterable<unknown>;
}

/** What both packages have. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): void;
}

/** How a database is used. */
export interface SqliteUse {
  readonly synchronous: "FULL" | "NORMAL";
  /** Callers are coalesced into one transaction. */
  readonly batched: boolean;
}

/** Rows of a buffered transaction: enough that its begin and commit do not show. */
const ROWS_A_TURN = 1024;

export async function openSqlite(
  make: (path: string) => Database,
  directory: string,
  { synchronous, batched }: SqliteUse,
  use: Use,
): Promise<Session> {
  const db = make(join(directory, "log.sqlite"));
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
  if (use.trimmed) db.exec("PRAGMA journal_size_limit = 16777216");
  db.exec("CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)");
  const insert = db.prepare("INSERT INTO log (id, payload) VALUES (?, ?)");
  const one = db.prepare("SELECT payload FROM log WHERE id = ?");
  const all = db.prepare("SELECT payload FROM log WHERE id > ? ORDER BY id");
  const newest = db.prepare("SELECT max(id) AS id FROM log").get() as { id: number | null };
  // Given here: a table that was emptied would start again at 1.
  let last = Math.max(newest.id ?? 0, use.keysFrom ?? 0);
  const drop = db.prepare("DELETE FROM log WHERE id <= ?");

  const insertAll = (records: Uint8Array[]): undefined => {
    db.exec("BEGIN IMMEDIATE");
    try {
      for (const record of records) insert.run(++last, record);
      db.exec("COMMIT");
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  };
  let pushed: Uint8Array[] = [];
  const flush = async (): Promise<void> => {
    const records = pushed;
    pushed = [];
    if (records.length > 0) insertAll(records);
    await new Promise((turn) => setImmediate(turn));
  };
  return {
    append: batched ? coalesced(insertAll) : async (record) => insert.run(++last, record),
    appendSync: (record) => {
      insert.run(++last, record);
    },
    push: (record) => {
      pushed.push(record);
      return pushed.length < ROWS_A_TURN ? undefined : flush();
    },
    settle: flush,
    trim: async (count) => {
      drop.run(count);
    },
    get: (index) => payload(one.get(index + 1)),
    read: async (visit, first = 0) => {
      for (const row of all.iterate(first)) visit(payload(row)!);
    },
    close: async () => db.close(),
  };
}

function payload(row: unknown): Uint8Array | undefined {
  return (row as { payload: Uint8Array } | undefined)?.payload;
}
