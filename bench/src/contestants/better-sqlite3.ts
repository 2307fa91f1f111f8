/** better-sqlite3: SQLite in WAL mode, blocking by design. */
import type { Contestant } from "../contestant.ts";
import { loadCommonJs } from "../load.ts";
import { type Database, openSqlite, type SqliteUse } from "./sqlite.ts";

export const betterSqliteFull: Contestant = contestant("better-sqlite3 FULL", {
  synchronous: "FULL",
  batched: false,
});
export const betterSqliteFullBatched: Contestant = contestant("better-sqlite3 FULL +txn", {
  synchronous: "FULL",
  batched: true,
});
export const betterSqliteNormal: Contestant = contestant("better-sqlite3 NORMAL", {
  synchronous: "NORMAL",
  batched: false,
});
export const betterSqliteNormalBatched: Contestant = contestant("better-sqlite3 NORMAL +txn", {
  synchronous: "NORMAL",
  batched: true,
});

function contestant(name: string, how: SqliteUse): Contestant {
  return {
    name,
    package: "better-sqlite3",
    kind: "rival",
    guarantee: guarantee(how),
    blocking: true,
    open: (directory, use) => {
      const Sqlite = loadCommonJs("better-sqlite3") as new (path: string) => Database;
      return openSqlite((path) => new Sqlite(path), directory, how, use);
    },
  };
}

/** The words both SQLite packages share. */
export function guarantee({ synchronous, batched }: SqliteUse): string {
  if (synchronous === "NORMAL") return "no sync at all behind an acknowledged write";
  return `one fsync a transaction${batched ? ", callers coalesced by the harness" : ""}; blocks the event loop`;
}
