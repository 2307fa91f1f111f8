/**
 * Tickets: what `appendAsync` returns where the LSN is given out elsewhere. A ticket counts the records
 * of one remote log and lies far above every LSN, so `durable()` can tell the two apart.
 */

/** The first ticket minus one; LSNs stay below. */
const TICKET_BASE = 2 ** 52;
/** Fates of failed tickets that are remembered. */
const MAX_FAILURES = 1024;

/** A stretch of accepted records that are not known to be durable. */
interface Stretch {
  readonly ordinal: number;
  readonly lsn: number;
  records: number;
}

/** A stretch of records that will never be acknowledged. */
interface Failure {
  readonly from: number;
  readonly to: number;
  readonly error: Error;
}

export function ticketOf(ordinal: number): number {
  return TICKET_BASE + ordinal;
}

/** The record a ticket stands for, or `undefined` for an LSN. */
export function ordinalOf(ticket: number): number | undefined {
  return ticket > TICKET_BASE ? ticket - TICKET_BASE : undefined;
}

/** Which LSN a ticket became; forgets what is durable. */
export class Tickets {
  #accepted: Stretch[] = [];
  #failures: Failure[] = [];
  #untold: Error | undefined;

  accepted(ordinal: number, lsn: number, records: number): void {
    const last = this.#accepted.at(-1);
    if (last?.ordinal === ordinal - (last?.records ?? 0) && last.lsn + last.records === lsn) {
      last.records += records;
    } else {
      this.#accepted.push({ ordinal, lsn, records });
    }
  }

  /** `isUntold`: no caller has seen the error yet. */
  failed(from: number, to: number, error: Error, isUntold: boolean): void {
    this.#failures.push({ from, to, error });
    if (this.#failures.length > MAX_FAILURES) this.#failures.shift();
    if (isUntold) this.#untold ??= error;
  }

  /** Everything up to `lsn` is durable: nothing more needs to be known of it. */
  forget(lsn: number): void {
    this.#accepted = this.#accepted.filter((stretch) => stretch.lsn + stretch.records - 1 > lsn);
  }

  /** The log's owner is gone: what was accepted and not known to be durable has an unknown fate. */
  lost(error: Error, isUntold: boolean): void {
    for (const { ordinal, records } of this.#accepted) {
      this.failed(ordinal, ordinal + records - 1, error, isUntold);
    }
    this.#accepted = [];
  }

  /** LSN of a record whose group has been answered; 0 = it is durable. Throws if it failed. */
  lsnOf(ordinal: number): number {
    const failure = this.#failures.find(({ from, to }) => from <= ordinal && ordinal <= to);
    if (failure !== undefined) throw failure.error;
    const stretch = this.#accepted.find(
      (one) => one.ordinal <= ordinal && ordinal < one.ordinal + one.records,
    );
    return stretch === undefined ? 0 : stretch.lsn + ordinal - stretch.ordinal;
  }

  /** The first failure nobody was told of, once: `commit` must not pass over it. */
  takeFailure(): Error | undefined {
    const error = this.#untold;
    this.#untold = undefined;
    return error;
  }
}
