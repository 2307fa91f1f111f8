/** Entry of the bundle for pages without a build step: what a page needs, and nothing of the worker's. */
export { isWalError, WalError } from "@stria/core";
export type { TabProducerHandle } from "./attach-producer.ts";
export { destroyWal } from "./page/destroy-wal.ts";
export { openWal } from "./page/open-wal.ts";
export type { OpenWalOptions } from "./page/open-wal.ts";
export type { StorageReport, TabWal } from "./page/tab-wal.ts";
