/** Whatever can make records durable, under one roof: opened empty, appended to, counted, removed. */
import { destroyWal, openWal } from "@stria/browser-opfs";
import { Client } from "../../worker/client.ts";

/** An open log, database or store. */
export interface Contestant {
  /** Resolves when the record is durable, as far as the contender promises it. */
  readonly append: (record: Uint8Array) => Promise<unknown>;
  /** All of them durable, in one step. */
  readonly appendBatch: (records: readonly Uint8Array[]) => Promise<unknown>;
  /** Records that are there now. */
  readonly count: () => Promise<number>;
  /** Closes it and removes what it kept. */
  readonly end: () => Promise<void>;
}

/** One that can be compared. */
export interface Contender {
  readonly id: string;
  readonly name: string;
  readonly promise: string;
  readonly open: () => Promise<Contestant>;
}

const stria: Contender = {
  id: "stria",
  name: "Stria",
  promise: "synchronous: a sync before every answer, shared by all who wait",
  async open() {
    await destroyWal("compare");
    const wal = await openWal({ name: "compare" });
    return {
      append: (record) => wal.append(record),
      appendBatch: (records) => wal.appendBatch(records),
      count: async () => wal.durableLsn,
      async end() {
        await wal.close();
        await destroyWal("compare");
      },
    };
  },
};

function indexedDb(durability: "strict" | "relaxed"): Contender {
  return {
    id: `idb-${durability}`,
    name: `IndexedDB ${durability}`,
    promise:
      durability === "strict"
        ? "a transaction for each append, synced before it completes"
        : "a transaction for each append, not synced: a power cut may take it",
    async open() {
      const name = `stria-demo-${durability}`;
      await settled(indexedDB.deleteDatabase(name));
      const request = indexedDB.open(name, 1);
      request.addEventListener("upgradeneeded", () => {
        request.result.createObjectStore("log", { autoIncrement: true });
      });
      const database = await settled(request);
      const put = (records: readonly Uint8Array[]): Promise<void> => {
        const transaction = database.transaction("log", "readwrite", { durability });
        const store = transaction.objectStore("log");
        for (const record of records) store.add(record);
        return completed(transaction);
      };
      return {
        append: (record) => put([record]),
        appendBatch: put,
        count: () => settled(database.transaction("log").objectStore("log").count()),
        async end() {
          database.close();
          await settled(indexedDB.deleteDatabase(name));
        },
      };
    },
  };
}

const sqlite: Contender = {
  id: "sqlite",
  name: "SQLite (wasm)",
  promise: "access-handle pool, WAL, synchronous = FULL, a transaction for each append",
  async open() {
    const worker = new Client("sqlite");
    try {
      await worker.call("open");
    } catch (error) {
      worker.kill();
      throw error;
    }
    return {
      append: (record) => worker.call("append", record),
      appendBatch: (records) => worker.call("appendBatch", records),
      count: () => worker.call<number>("count"),
      async end() {
        await worker.call("close");
        worker.kill();
      },
    };
  },
};

/** What every browser has. */
export const builtIn: readonly Contender[] = [stria, indexedDb("strict"), indexedDb("relaxed")];

/** Loaded when it is asked for. */
export const onRequest: Contender = sqlite;

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("refused")));
  });
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () => reject(transaction.error ?? new Error("aborted")));
  });
}
