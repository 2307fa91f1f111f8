/** Storage on `node:fs`, for Node, Deno and Bun. */
import type { Storage } from "@stria/core";
import { NodeStorage } from "./node-storage.ts";
import type { NodeStorageOptions } from "./node-storage.ts";

export { attachProducer } from "@stria/core";
export type { Producer, ProducerHandle } from "@stria/core";
export type { NodeStorageOptions };

/**
 * Keeps a log in `directory`, which is made when the log is opened for writing. Nothing is touched
 * before. Throws `TypeError`/`RangeError` for a bad argument; everything else is reported by the log.
 *
 * @example
 * ```ts
 * import { Wal } from "@stria/core";
 * import { nodeStorage } from "@stria/node-fs";
 *
 * await using wal = await Wal.open({ storage: nodeStorage("./data/wal") });
 * ```
 */
export function nodeStorage(directory: string | URL, options: NodeStorageOptions = {}): Storage {
  return new NodeStorage(directory, options);
}
