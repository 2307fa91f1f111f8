/** What the write end has done since the log was opened. */

/** Totals since the log was opened. */
export interface WriteCounters {
  records: number;
  /** Of records with their length prefixes. */
  payloadBytes: number;
  /** As durable on disk: frames, padding, marks. */
  bytes: number;
  frames: number;
  groups: number;
  syncs: number;
  rotations: number;
}

export function noWrites(): WriteCounters {
  return {
    records: 0,
    payloadBytes: 0,
    bytes: 0,
    frames: 0,
    groups: 0,
    syncs: 0,
    rotations: 0,
  };
}

/** What a group holds that is not written yet. */
export interface Built {
  records: number;
  payloadBytes: number;
}

/** The group goes to the storage. */
export function countBuilt(counters: WriteCounters, built: Built): void {
  counters.records += built.records;
  counters.payloadBytes += built.payloadBytes;
  built.records = 0;
  built.payloadBytes = 0;
}
