/**
 * Storage on IndexedDB: on the page itself, in service workers.
 *
 * @module @stria/browser-indexeddb
 */
export * from "@stria/browser-indexeddb";
