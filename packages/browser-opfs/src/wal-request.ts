/** What a page asks of the worker that is to host its log: everything a message can carry. */
import type { WalOptions } from "@stria/core";
import type { OpfsStorageOptions } from "./options.ts";

/** Options of `Wal.open` that go through a message as they are. */
export type PlainWalOptions = Omit<
  WalOptions,
  "storage" | "cipher" | "checksum" | "onEvent" | "clock" | "random"
>;

/**
 * A cipher described so that a worker can make it: the worker imports `module` and calls its export
 * `export` with all other properties. Keys travel to the worker by message and stay in this origin's memory.
 *
 * @example
 * ```ts
 * const cipher = { module: new URL("./encryption.js", import.meta.url), keys: [key] };
 * ```
 */
export interface CipherDescription {
  /** An ES module the worker can import, e.g. a bundle of `@stria/encryption`. */
  readonly module: string | URL;
  /** Name of the export to call; `encryption`. */
  readonly export?: string;
  readonly [option: string]: unknown;
}

/** The message's content. */
export interface WalRequest {
  readonly name: string;
  /** Names the lock by which the page learns of the worker's end. */
  readonly hostId: string;
  readonly wal: PlainWalOptions;
  readonly storage: OpfsStorageOptions;
  readonly cipher?: CipherDescription;
  /** Other tabs may use this log too. */
  readonly isShared: boolean;
}
