/**
 * A log in sqlite-wasm on private files (opfs-sahpool, WAL, synchronous FULL): one table of one blob
 * column. Rows are bound from memory SQLite can see, by its C interface, which is its fastest way in.
 */
import type sqlite3InitModule from "@sqlite.org/sqlite-wasm";

type Sqlite3 = Awaited<ReturnType<typeof sqlite3InitModule>>;

/** SQLite and its files. */
interface Pool {
  readonly sqlite: Sqlite3;
  readonly pool: Awaited<ReturnType<Sqlite3["installOpfsSAHPoolVfs"]>>;
}

type Database = InstanceType<Pool["pool"]["OpfsSAHPoolDb"]>;
type Statement = ReturnType<Database["prepare"]>;

const script = "/sqlite/index.mjs";

/** Installed once a worker: it keeps its files open until the worker ends. */
let installed: Promise<Pool> | undefined;

export class SqliteLog {
  readonly #sqlite: Sqlite3;
  readonly #db: Database;
  readonly #insert: Statement;
  readonly #begin: Statement;
  readonly #commit: Statement;
  #memory = 0;
  #memoryBytes = 0;

  private constructor(sqlite: Sqlite3, db: Database) {
    this.#sqlite = sqlite;
    this.#db = db;
    this.#insert = db.prepare("INSERT INTO log (payload) VALUES (?)");
    this.#begin = db.prepare("BEGIN");
    this.#commit = db.prepare("COMMIT");
  }

  static async open(name: string): Promise<SqliteLog> {
    const { sqlite, pool } = await (installed ??= install(name));
    const db = new pool.OpfsSAHPoolDb("/log.sqlite");
    db.exec("PRAGMA locking_mode = exclusive");
    const mode = db.selectValue("PRAGMA journal_mode = WAL");
    if (mode !== "wal") throw new Error("SQLite refuses the journal mode WAL");
    db.exec("PRAGMA synchronous = FULL");
    db.exec("CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)");
    return new SqliteLog(sqlite, db);
  }

  /** Appends rows of `size` bytes each as one transaction. */
  insert(bytes: Uint8Array, size: number): void {
    const { capi, wasm } = this.#sqlite;
    this.#reserve(bytes.length);
    wasm.heap8u().set(bytes, this.#memory);
    const row = this.#insert;
    this.#begin.stepReset();
    for (let at = 0; at < bytes.length; at += size) {
      capi.sqlite3_bind_blob(row, 1, this.#memory + at, size, capi.SQLITE_STATIC);
      if (capi.sqlite3_step(row) !== capi.SQLITE_DONE)
        throw new Error(capi.sqlite3_errmsg(this.#db));
      capi.sqlite3_reset(row);
    }
    this.#commit.stepReset();
  }

  /** Payloads of rows `first` (from 0) and up. */
  read(first: number, count: number): Uint8Array[] {
    const sql = "SELECT payload FROM log WHERE id > ? ORDER BY id LIMIT ?";
    return this.#db.selectValues(sql, [first, count]) as Uint8Array[];
  }

  close(): void {
    for (const statement of [this.#insert, this.#begin, this.#commit]) statement.finalize();
    this.#db.close();
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#memoryBytes) return;
    const { wasm } = this.#sqlite;
    if (this.#memory !== 0) wasm.dealloc(this.#memory);
    this.#memory = wasm.alloc(bytes);
    this.#memoryBytes = bytes;
  }
}

async function install(name: string): Promise<Pool> {
  const { default: start } = (await import(script)) as { default: typeof sqlite3InitModule };
  const sqlite = await start();
  return { sqlite, pool: await sqlite.installOpfsSAHPoolVfs({ name }) };
}
