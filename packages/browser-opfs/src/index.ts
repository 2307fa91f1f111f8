/** Storage for the log on the origin private file system of browsers, and the log itself for pages. */
export { attachProducer } from "./attach-producer.ts";
export type { TabProducerHandle } from "./attach-producer.ts";
export type { Producer, ProducerHandle } from "@stria/core";
export { destroy } from "./destroy.ts";
export { opfsStorage } from "./opfs-storage.ts";
export type { OpfsReport, OpfsStorage } from "./opfs-storage.ts";
export type { OpfsStorageOptions } from "./options.ts";
export type { StorageRoom } from "./platform.ts";
export type { PoolCount } from "./slot-pool.ts";
export { destroyWal } from "./page/destroy-wal.ts";
export { openWal } from "./page/open-wal.ts";
export type { OpenWalOptions } from "./page/open-wal.ts";
export type { WorkerSource } from "./page/own-host.ts";
export type { StorageReport, TabWal } from "./page/tab-wal.ts";
export type { CipherDescription, PlainWalOptions } from "./wal-request.ts";
export { hostWal } from "./worker/host-wal.ts";
export type { HostOptions } from "./worker/host-wal.ts";
