/**
 * What a log was asked to do and what it has promised: the oracle of the crash explorer. Records are in
 * the order of the calls; a correct log recovers all that was acknowledged and a prefix of the rest.
 */
import { Violation } from "./violation.ts";

/** A record the log was asked to append. */
export interface Attempt {
  readonly payload: Uint8Array;
  /** Records of one batch share it; every other record has one of its own. */
  readonly batch: number;
}

/** What the model compares a log's word with. */
export interface Watermarks {
  readonly durableLsn: number;
  readonly health: { readonly ok: boolean };
}

/** See the file's head. Copies are cheap: one is taken at every crash point. */
export class Model {
  /** By LSN - 1: every record that may exist, the first {@link Model.settledLsn} of them for certain. */
  #attempts: Attempt[] = [];
  #batches = 0;
  #settledLsn = 0;
  #acknowledgedLsn = 0;
  #checkpointLsn = 0;
  #checkpointAttemptedLsn = 0;
  #seenDurableLsn = 0;
  #failedAtLsn: number | undefined;
  #distrusted = false;
  #nameSyncFailed = false;
  /** Names that a failed directory sync may have left in the cache alone. */
  #doubtful = new Set<string>();
  #names = new Set<string>();

  /** An independent copy of everything known now. */
  fork(): Model {
    const copy = new Model();
    copy.#attempts = this.#attempts.slice();
    copy.#batches = this.#batches;
    copy.#settledLsn = this.#settledLsn;
    copy.#acknowledgedLsn = this.#acknowledgedLsn;
    copy.#checkpointLsn = this.#checkpointLsn;
    copy.#checkpointAttemptedLsn = this.#checkpointAttemptedLsn;
    copy.#seenDurableLsn = this.#seenDurableLsn;
    copy.#failedAtLsn = this.#failedAtLsn;
    copy.#distrusted = this.#distrusted;
    copy.#nameSyncFailed = this.#nameSyncFailed;
    copy.#doubtful = new Set(this.#doubtful);
    copy.#names = new Set(this.#names);
    return copy;
  }

  /** The LSN up to which records must be recovered. */
  get acknowledgedLsn(): number {
    return this.#acknowledgedLsn;
  }

  /** The LSN up to which records may be recovered. */
  get attemptedLsn(): number {
    return this.#attempts.length;
  }

  /** The LSN up to which records were recovered before; they can never change again. */
  get settledLsn(): number {
    return this.#settledLsn;
  }

  /** Records up to here are dead for certain, and up to `checkpointAttemptedLsn` perhaps. */
  get checkpointLsn(): number {
    return this.#checkpointLsn;
  }

  get checkpointAttemptedLsn(): number {
    return this.#checkpointAttemptedLsn;
  }

  /** True once an append, write or sync of this life has failed. */
  get failed(): boolean {
    return this.#failedAtLsn !== undefined;
  }

  /** The device has lied: records may be lost and the log may refuse, but nothing wrong may be shown. */
  get distrusted(): boolean {
    return this.#distrusted;
  }

  distrust(): void {
    this.#distrusted = true;
  }

  /** Notes that a directory sync failed: names may be gone although a later one succeeds. */
  nameSyncFailed(names: readonly string[]): void {
    if (this.#nameSyncFailed) return;
    this.#nameSyncFailed = true;
    for (const name of names) if (!this.#names.has(name)) this.#doubtful.add(name);
  }

  /**
   * The log may refuse to open: the device lied, or nothing was ever promised or shown and a name may
   * have been lost. (A lone unborn file with a later id looks as if the files before it were missing.)
   */
  get mayRefuse(): boolean {
    return this.#distrusted || (this.#nameSyncFailed && this.#acknowledgedLsn === 0);
  }

  /** The record that LSN names, or may come to name. */
  record(lsn: number): Attempt | undefined {
    return this.#attempts[lsn - 1];
  }

  /** Notes a call that appends these records as one, in the order a correct log gives them LSNs. */
  attempt(payloads: readonly Uint8Array[]): Attempt[] {
    const batch = ++this.#batches;
    const attempts = payloads.map((payload) => ({ payload, batch }));
    this.#attempts.push(...attempts);
    return attempts;
  }

  /** The log refused the call before it gave out an LSN. */
  withdraw(attempts: readonly Attempt[]): void {
    this.#attempts = this.#attempts.filter((attempt) => !attempts.includes(attempt));
  }

  /** Notes that the log gave these LSNs to the call of these attempts. */
  numbered(lsns: readonly number[], attempts: readonly Attempt[]): void {
    const fits = (attempt: Attempt, i: number): boolean => this.record(lsns[i] ?? 0) === attempt;
    if (lsns.length === attempts.length && attempts.every(fits)) return;
    const wanted = attempts.map((attempt) => this.#attempts.indexOf(attempt) + 1);
    throw new Violation("wrong-lsn", `appended records ${wanted.join()}, were told ${lsns.join()}`);
  }

  /** Notes a promise that everything up to `lsn` is on disk. */
  acknowledge(lsn: number): void {
    const limit = this.#failedAtLsn;
    if (limit !== undefined && lsn > limit) {
      throw new Violation(
        "acknowledged-after-failure",
        `record ${lsn} was acknowledged although the log had failed at ${limit}`,
      );
    }
    if (lsn > this.#acknowledgedLsn) this.#acknowledgedLsn = lsn;
  }

  /** Looks at the log's own word: its watermark is a promise too. */
  observe(log: Watermarks): void {
    const { durableLsn } = log;
    if (durableLsn < this.#seenDurableLsn) {
      throw new Violation(
        "watermark-moved-back",
        `durableLsn was ${this.#seenDurableLsn} and is ${durableLsn}`,
      );
    }
    this.#seenDurableLsn = durableLsn;
    if (durableLsn > this.attemptedLsn) {
      throw new Violation(
        "invented-record",
        `durableLsn is ${durableLsn}, only ${this.attemptedLsn} records were ever appended`,
      );
    }
    this.acknowledge(durableLsn);
    if (!log.health.ok) this.#failedAtLsn ??= durableLsn;
  }

  /** Notes that a checkpoint was asked for, and later that it was promised. */
  checkpoint(lsn: number, state: "attempted" | "promised"): void {
    this.#checkpointAttemptedLsn = Math.max(this.#checkpointAttemptedLsn, lsn);
    if (state === "promised") this.#checkpointLsn = Math.max(this.#checkpointLsn, lsn);
  }

  /** Notes the creation of a file whose name must never have been taken before. */
  created(name: string): void {
    if (this.#distrusted || !this.#names.has(name)) return;
    throw new Violation("segment-id-reused", `${name} was created again`);
  }

  /** A new life has recovered this much, and has these files; that is the past from now on. */
  settle(lastLsn: number, names: readonly string[]): void {
    this.#attempts.length = lastLsn;
    this.#settledLsn = lastLsn;
    this.#acknowledgedLsn = Math.max(this.#acknowledgedLsn, lastLsn);
    this.#seenDurableLsn = lastLsn;
    this.#failedAtLsn = undefined;
    for (const name of names) if (!this.#doubtful.has(name)) this.#names.add(name);
  }
}
