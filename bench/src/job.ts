/** What the runner asks of one process, and what that process answers. Both travel as JSON. */

/** The kinds of work. */
export type WorkName =
  | "durable"
  | "sync"
  | "buffered"
  | "behind-reader"
  | "prepare"
  | "replay"
  | "open"
  | "get"
  | "follow"
  | "threads"
  | "thread-cost"
  | "limits"
  | BrowserWorkName;

/** Those that run in a page, see `bench/page`. */
export type BrowserWorkName = "page" | "page-worker" | "page-open";

/** One case: what is done, by whom, with what. */
export interface Case {
  /** Row of the tables, e.g. `durable 1024 x 128 B`. */
  readonly row: string;
  readonly work: WorkName;
  readonly contestant: string;
  readonly payloadBytes: number;
  readonly inFlight: number;
  /** Records of a prepared log; 0 where the run is limited by time. */
  readonly records: number;
  readonly trimmed: boolean;
  /** Threads that append, each with `inFlight`; only where there are several. */
  readonly producers?: number;
  /** So many times in each round, by turns with the rest of its row; 1 unless given. */
  readonly turns?: number;
  /** Runs so long before the clock starts, instead of what the run as a whole says. */
  readonly warmUpMs?: number;
}

/** A case to run now. */
export interface Job extends Case {
  readonly directory: string;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** The run is profiled: reading back would be in the profile, and is left out. */
  readonly profiled?: boolean;
  /** File for a profile of everything that is allocated, collected or not. */
  readonly allocations?: string;
}

/** What one process measured. */
export interface Measurement {
  /** Figures by name; units are in the names. */
  readonly figures: Readonly<Record<string, number>>;
  /** Was what had been acknowledged read back by reopening? Why not, where there is nothing to read. */
  readonly readBack: "yes" | "not applicable" | `no: ${string}`;
}

/** A process's answer. */
export type Answer =
  | { readonly kind: "measured"; readonly measurement: Measurement }
  | { readonly kind: "failed"; readonly reason: string };
