/** Storage for the log on IndexedDB: where a browser has no files, on the page itself and in service workers. */
export { destroy } from "./destroy.ts";
export { indexedDbStorage } from "./indexeddb-storage.ts";
export type { IndexedDbStorage, IndexedDbStorageOptions } from "./indexeddb-storage.ts";
