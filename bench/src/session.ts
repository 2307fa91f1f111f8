/**
 * An open log while it is measured. A session offers the verbs its contestant really has; a workload that
 * needs a verb a session lacks is not run for it. Workloads know nothing else; no platform is named here,
 * because pages use it too.
 */

/** What a session is opened for; lets a contestant choose its best legitimate configuration. */
export interface Use {
  readonly payloadBytes: number;
  /** Appends in flight at once. */
  readonly inFlight: number;
  /** Old records are dropped while new ones come. */
  readonly trimmed: boolean;
  /** Stores that want a key of the caller count from here: a second process must not use the first one's. */
  readonly keysFrom?: number;
}

/** An open log. Records are only valid during the call that hands them over, unless it says otherwise. */
export interface Session {
  /** Settles when the record is as durable as `guarantee` says. The record stays untouched until then. */
  readonly append?: (record: Uint8Array) => Promise<unknown>;
  /** The same, blocking. */
  readonly appendSync?: (record: Uint8Array) => void;
  /** Takes a record without waiting for the disk; a promise asks the caller to wait for room. */
  readonly push?: (record: Uint8Array) => Promise<unknown> | undefined;
  /** Everything pushed has reached at least the operating system. */
  readonly settle?: () => Promise<void>;
  /** Records up to the one appended as number `count` (from 1) are not needed any more. */
  readonly trim?: (count: number) => Promise<void>;
  /** The record appended as number `index` (from 0). */
  readonly get?: (index: number) => Promise<Uint8Array | undefined> | Uint8Array | undefined;
  /** Calls `visit` with every record from number `first` (from 0) on, in order of appending. */
  readonly read?: (visit: (record: Uint8Array) => void, first?: number) => Promise<void>;
  /** Calls `visit` with every record as soon as it may be seen, until `stop` resolves. */
  readonly follow?: (visit: (record: Uint8Array) => void) => {
    readonly stop: () => Promise<void>;
  };
  /** What the open found and says to whoever asks. */
  readonly report?: () => string;
  readonly close: () => Promise<void>;
}
