/** What the parent and the journaling child tell each other over their channel. */
import type { Input } from "./input.ts";

/** How the child is started: its one argument, as JSON. */
export interface ChildTask {
  readonly input: Input;
  readonly directory: string;
  /** Records that may wait for durability at once. */
  readonly inFlight: number;
}

/** From the child. */
export type ChildMessage =
  /** The log is open; so many records were there already and are skipped. */
  | { readonly kind: "opened"; readonly skipped: number }
  /** These records are durable: their LSNs, and the SHA-256 of each, one behind the other. */
  | {
      readonly kind: "acknowledged";
      readonly lsns: readonly number[];
      readonly digests: Uint8Array;
      /** Totals of this life so far. */
      readonly contentBytes: number;
      readonly syncs: number;
    }
  /** Everything is in the log. */
  | { readonly kind: "finished"; readonly unreadable: readonly string[] };

/** From the parent: close the log and end. */
export interface ParentMessage {
  readonly kind: "close";
}

/** Bytes of one digest. */
export const DIGEST_BYTES = 32;
