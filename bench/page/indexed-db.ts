/** IndexedDB with `durability: "strict"`: one store, numbered keys, callers gathered into transactions. */
import type { Session } from "../src/session.ts";
import { gathered } from "./gather.ts";

const STORE = "log";

export async function openIndexedDb(name: string, most: number): Promise<Session> {
  const db = await opened(name);
  let next = await count(db);
  const write = (records: readonly Uint8Array[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const transaction = db.transaction(STORE, "readwrite", { durability: "strict" });
      const store = transaction.objectStore(STORE);
      for (const record of records) store.put(record, next++);
      transaction.addEventListener("complete", () => resolve());
      transaction.addEventListener("abort", () => {
        reject(transaction.error ?? new Error("aborted"));
      });
      transaction.commit();
    });
  return {
    append: gathered(write, most),
    read: (visit) =>
      new Promise((resolve, reject) => {
        const request = db.transaction(STORE).objectStore(STORE).openCursor();
        request.addEventListener("error", () => reject(request.error ?? new Error("no reason")));
        request.addEventListener("success", () => {
          const cursor = request.result;
          if (cursor === null) {
            resolve();
            return;
          }
          visit(cursor.value as Uint8Array);
          cursor.continue();
        });
      }),
    async close() {
      db.close();
    },
  };
}

function opened(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE));
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("no reason")));
  });
}

function count(db: IDBDatabase): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = db.transaction(STORE).objectStore(STORE).count();
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("no reason")));
  });
}
