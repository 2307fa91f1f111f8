/** What a log, ours or a rival's, must offer to be measured, and how it stands in the tables. */
import type { Session, Use } from "./session.ts";
import type { Threads } from "./threads/threads.ts";

export type { Session, Use } from "./session.ts";

/** How somebody stands in the tables. */
export interface Standing {
  readonly name: string;
  readonly kind: "stria" | "rival" | "raw";
  /** What an acknowledged append really means; checked with strace, see README. */
  readonly guarantee: string;
}

/** One of the compared programs in one configuration. */
export interface Contestant extends Standing {
  /** npm package, where it is one that this package pins. */
  readonly package?: string;
  /** An append stops the event loop until it is durable. */
  readonly blocking: boolean;
  /** Needs the newer Node, because it is part of it. */
  readonly runtime?: "node24";
  /** The system calls that make an append durable, if not fsync or fdatasync. */
  readonly durableCalls?: string;
  readonly open: (directory: string, use: Use) => Promise<Session>;
  /** Several threads append at once; `open` then reads back. */
  readonly threads?: Threads;
  /** Opens a damaged log for reading only, skipping what is damaged. */
  readonly salvage?: (directory: string, use: Use) => Promise<Session>;
}
