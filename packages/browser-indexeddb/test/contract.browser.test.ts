/**
 * The whole storage contract on a real database, on the page itself: no worker, no files.
 * No `limitSpace`: Chromium looks at the quota twice a minute only; e2e/quota.test.ts meets it in a new browser.
 */
import { storageContract } from "@stria/testkit";
import { deleteDB } from "idb";
import { test } from "vitest";
import { databaseName } from "../src/database.ts";
import { type IndexedDbStorage, indexedDbStorage } from "../src/index.ts";
import { failNextTransaction } from "./support/failing-transaction.ts";

let places = 0;

storageContract({
  test,
  factory() {
    const log = `contract-${places++}`;
    const opened: IndexedDbStorage[] = [];
    const open = (): IndexedDbStorage => {
      const storage = indexedDbStorage(log, { lockTimeoutMs: 50 });
      opened.push(storage);
      return storage;
    };
    return {
      storage: open(),
      reopen: async () => open(),
      failNext: (verb) => failNextTransaction(verb === "read" ? "readonly" : "readwrite"),
      async cleanup() {
        await Promise.all(opened.map((storage) => storage.close()));
        // Not `destroy`, which waits for the writer: a test may leave its lock to the end of the page.
        await deleteDB(databaseName(log));
      },
    };
  },
});
