/**
 * SQLite for comparison, compiled to WebAssembly by its authors, as it is fastest in browsers: the pool of access
 * handles, write-ahead logging, a sync for every transaction.
 */
import sqlite3InitModule from "@sqlite.org/sqlite-wasm";
import type { Database, SAHPoolUtil } from "@sqlite.org/sqlite-wasm";
import type { Verbs } from "./worker.ts";

const folder = ".stria-demo-sqlite";

/** What the page can ask of this worker. */
export function sqliteProgram(): Verbs {
  let pool: SAHPoolUtil | undefined;
  let database: Database | undefined;

  const insert = (payload: Uint8Array): void => {
    database?.exec({ sql: "INSERT INTO log (payload) VALUES (?)", bind: [payload] });
  };

  return {
    async open() {
      const sqlite = await sqlite3InitModule();
      pool = await sqlite.installOpfsSAHPoolVfs({ directory: folder, clearOnInit: true });
      database = new pool.OpfsSAHPoolDb("/log.db");
      database.exec([
        // Write-ahead logging without shared memory needs the exclusive mode, and that first.
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
        "CREATE TABLE log (lsn INTEGER PRIMARY KEY, payload BLOB NOT NULL);",
      ]);
      const mode = database.selectValue("PRAGMA journal_mode");
      return { version: sqlite.version.libVersion, mode };
    },
    append: (payload: Uint8Array) => insert(payload),
    appendBatch: (payloads: readonly Uint8Array[]) => {
      database?.transaction(() => {
        for (const payload of payloads) insert(payload);
      });
    },
    count: () => database?.selectValue("SELECT count(*) FROM log"),
    async close() {
      database?.close();
      await pool?.removeVfs();
    },
  };
}
