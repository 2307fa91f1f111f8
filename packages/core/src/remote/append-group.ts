/**
 * A group of appends on the remote side: their bytes in one buffer, their callers in two plain arrays,
 * so that an append costs one promise and a copy, and no object or closure of its own.
 */
import { putU32 } from "../format/bytes.ts";
import { RECORD_PREFIX_BYTES } from "../format/records.ts";
import type { WireGroup, WireOutcome } from "./messages.ts";
import { fromWire } from "./wire-error.ts";

/** A caller: called with the first LSN. */
type Resolve = (lsn: number) => void;
type Reject = (error: Error) => void;

/** Calls whose LSNs are known and which still wait for durability. */
export interface AcceptedCalls {
  readonly lastLsns: readonly number[];
  readonly firstLsns: readonly number[];
  readonly resolves: readonly Resolve[];
  readonly rejects: readonly Reject[];
}

/** What became of a stretch of records. */
export interface RecordsFate {
  readonly ordinal: number;
  readonly records: number;
  /** 0 = refused. */
  readonly lsn: number;
  readonly error?: Error;
  /** No caller was there to be told of the error. */
  readonly isUntold?: boolean;
}

export class AppendGroup {
  /** Ordinal of the first record among all this remote ever took. */
  readonly firstOrdinal: number;
  records = 0;
  used = 0;
  #bytes: Uint8Array<ArrayBuffer>;
  readonly #resolves: (Resolve | undefined)[] = [];
  readonly #rejects: (Reject | undefined)[] = [];
  readonly #batches: number[] = [];
  readonly #urgent: number[] = [];
  /** Told when the outcome is known. */
  readonly #watchers: (() => void)[] = [];

  constructor(firstOrdinal: number, bytes: Uint8Array<ArrayBuffer>) {
    this.firstOrdinal = firstOrdinal;
    this.#bytes = bytes;
  }

  get calls(): number {
    return this.#resolves.length;
  }

  /** The bytes are still on this side: the port has copied them. */
  get isHere(): boolean {
    return this.used <= this.#bytes.length;
  }

  /** Empty where it was moved away. Its group must have been answered before it is used again. */
  get buffer(): ArrayBuffer {
    return this.#bytes.buffer;
  }

  get lastOrdinal(): number {
    return this.firstOrdinal + this.records - 1;
  }

  /** Adds one call's records; `bytes` is what they take with their prefixes. */
  add(
    records: readonly Uint8Array[],
    bytes: number,
    caller: { resolve?: Resolve; reject?: Reject; isBatch: boolean; isUrgent: boolean },
  ): void {
    if (caller.isBatch) this.#batches.push(this.calls, records.length);
    if (caller.isUrgent) this.#urgent.push(this.calls);
    this.#reserve(bytes);
    for (const record of records) this.#put(record);
    this.#resolves.push(caller.resolve);
    this.#rejects.push(caller.reject);
    this.records += records.length;
  }

  /** The same for the common case, one record: nothing is allocated. */
  addOne(record: Uint8Array, resolve: Resolve | undefined, reject: Reject | undefined): void {
    this.#reserve(RECORD_PREFIX_BYTES + record.length);
    this.#put(record);
    this.#resolves.push(resolve);
    this.#rejects.push(reject);
    this.records += 1;
  }

  /** As a message. The buffer may be moved away with it: nothing can be added any more. */
  toWire(): WireGroup {
    return {
      bytes: this.#bytes.buffer,
      used: this.used,
      calls: this.calls,
      batches: this.#batches,
      urgent: this.#urgent,
    };
  }

  /** The buffer has come back: it can be sent again, or filled further. */
  returned(bytes: ArrayBuffer): void {
    this.#bytes = new Uint8Array(bytes);
  }

  /** Calls `told` once the outcome of this group is known. */
  watch(told: () => void): void {
    this.#watchers.push(told);
  }

  /**
   * Answers the calls: refused ones, and accepted ones that need not wait beyond `durableLsn`. `learn` is
   * told the fate of each stretch of records. Returns who still waits for durability.
   */
  accepted(
    outcome: WireOutcome,
    known: { durableLsn: number; waits: boolean },
    learn: (fate: RecordsFate) => void,
  ): AcceptedCalls | undefined {
    const refused = new Map(outcome.refused);
    const later = { lastLsns: [], firstLsns: [], resolves: [], rejects: [] } as {
      lastLsns: number[];
      firstLsns: number[];
      resolves: Resolve[];
      rejects: Reject[];
    };
    let [call, ordinal, nextBatch, nextUrgent] = [0, this.firstOrdinal, 0, 0];
    for (let run = 0; run < outcome.runs.length; run += 2) {
      let lsn = outcome.runs[run]!;
      const stretch = { ordinal, records: 0, lsn };
      for (const end = call + outcome.runs[run + 1]!; call < end; call++) {
        const isBatch = this.#batches[nextBatch] === call;
        const records = isBatch ? this.#batches[nextBatch + 1]! : 1;
        if (isBatch) nextBatch += 2;
        const isUrgent = this.#urgent[nextUrgent] === call;
        if (isUrgent) nextUrgent++;
        const last = lsn + records - 1;
        if (lsn === 0) {
          const wire = refused.get(call);
          const error = wire === undefined ? new Error("the host gave no reason") : fromWire(wire);
          const reject = this.#rejects[call];
          reject?.(error);
          learn({ ordinal, records, lsn: 0, error, isUntold: reject === undefined });
        } else if (last <= known.durableLsn || !(known.waits || isUrgent)) {
          this.#resolves[call]?.(lsn);
        } else {
          const resolve = this.#resolves[call];
          if (resolve !== undefined) {
            later.firstLsns.push(lsn);
            later.lastLsns.push(last);
            later.resolves.push(resolve);
            later.rejects.push(this.#rejects[call]!);
          }
        }
        ordinal += records;
        if (lsn !== 0) {
          stretch.records += records;
          lsn += records;
        }
      }
      if (stretch.lsn !== 0) learn(stretch);
    }
    return later.lastLsns.length > 0 ? later : undefined;
  }

  /** None of the calls will be answered by the log. True if not every record had a caller to be told. */
  fail(error: Error): boolean {
    for (const reject of this.#rejects) reject?.(error);
    return this.#rejects.includes(undefined);
  }

  /** To be called when the fate of the group is known, and kept where it can be asked for. */
  tellWatchers(): void {
    for (const told of this.#watchers) told();
  }

  #put(record: Uint8Array): void {
    putU32(this.#bytes, this.used, record.length);
    this.#bytes.set(record, this.used + RECORD_PREFIX_BYTES);
    this.used += RECORD_PREFIX_BYTES + record.length;
  }

  #reserve(bytes: number): void {
    const needed = this.used + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.used));
    this.#bytes = larger;
  }
}
