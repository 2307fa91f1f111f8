/**
 * What a contestant offers that several threads append to at once: one side in the thread that starts
 * the workers, one in each worker. Workloads know nothing else.
 */
import type { TransferListItem, Worker } from "node:worker_threads";
import type { Session, Use } from "../contestant.ts";

/** How many threads append, and what each has in flight. */
export interface ThreadsUse extends Use {
  readonly producers: number;
}

/** The side of the thread that starts the workers; a log that is owned by one thread lives here. */
export interface ThreadHost {
  /** What worker number `worker` needs to join. */
  readonly ticket: (worker: number) => Promise<Ticket> | Ticket;
  /** Called with each worker when it has started. */
  readonly adopt?: (worker: Worker) => void;
  readonly close: () => Promise<void>;
}

export interface Ticket {
  readonly data: unknown;
  readonly transfer?: readonly TransferListItem[];
}

/** What a worker appends with. */
export type ThreadSession = Required<Pick<Session, "append" | "close">>;

export interface Threads {
  readonly host: (directory: string, use: ThreadsUse) => Promise<ThreadHost>;
  readonly join: (
    data: unknown,
    place: { readonly directory: string; readonly worker: number; readonly use: ThreadsUse },
  ) => Promise<ThreadSession>;
}
