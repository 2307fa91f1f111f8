/** node:sqlite, part of newer Nodes: run with Node 24 where tools/runtimes has it. */
import type { Contestant } from "../contestant.ts";
import { load } from "../load.ts";
import { guarantee } from "./better-sqlite3.ts";
import { type Database, openSqlite, type SqliteUse } from "./sqlite.ts";

export const nodeSqliteFull: Contestant = contestant("node:sqlite FULL", {
  synchronous: "FULL",
  batched: false,
});
export const nodeSqliteFullBatched: Contestant = contestant("node:sqlite FULL +txn", {
  synchronous: "FULL",
  batched: true,
});
export const nodeSqliteNormalBatched: Contestant = contestant("node:sqlite NORMAL +txn", {
  synchronous: "NORMAL",
  batched: true,
});

function contestant(name: string, how: SqliteUse): Contestant {
  return {
    name,
    kind: "rival",
    guarantee: guarantee(how),
    blocking: true,
    runtime: "node24",
    open: async (directory, use) => {
      type Module = { DatabaseSync: new (path: string) => Database };
      const { DatabaseSync } = (await load("node:sqlite")) as Module;
      return openSqlite((path) => new DatabaseSync(path), directory, how, use);
    },
  };
}
