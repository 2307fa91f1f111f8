/** What a storage offers that can have a log live in a thread of its own. */
import type { Port } from "./port.ts";

/** A thread whose program serves a log on this storage with `hostWal`. */
export interface HostThread {
  /** Speaks with it. */
  readonly port: Port;
  /** Calls back once when the thread has ended, for whatever reason. */
  onEnd(listener: (cause: Error) => void): void;
  /** Ends it. */
  end(): Promise<void>;
}

/**
 * A cipher described so that another thread can make it: it imports `module` and calls its export
 * `export` with all other properties. Keys travel by message and stay in this process.
 */
export interface CipherDescription {
  /** URL of an ES module the thread can import. */
  readonly module: string | { readonly href: string };
  /** Name of the export to call; `encryption`. */
  readonly export?: string;
  readonly [option: string]: unknown;
}

/** What the thread is asked to open. */
export interface ThreadRequest {
  /** Options of `Wal.open` that can be cloned. */
  readonly wal: object;
  readonly cipher?: CipherDescription;
}
