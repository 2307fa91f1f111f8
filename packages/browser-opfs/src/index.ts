/** Storage for the log on the origin private file system of browsers, for use in a dedicated worker. */
export { destroy } from "./destroy.ts";
export { opfsStorage } from "./opfs-storage.ts";
export type { OpfsReport, OpfsStorage } from "./opfs-storage.ts";
export type { OpfsStorageOptions } from "./options.ts";
export type { StorageRoom } from "./platform.ts";
export type { PoolCount } from "./slot-pool.ts";
