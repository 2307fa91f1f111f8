/**
 * What a producer knows of its log and of its own place in it: may it append, and if not, what becomes
 * of what it has appended.
 */
import { WalError } from "../errors.ts";
import { type RecordLimits, checkedBytes, checkedRecordBytes } from "./record-limits.ts";
import type { SharedProducerHandle } from "./shared-handle.ts";
import {
  ATTACHED,
  CLOSING,
  DETACHED,
  END_CODES,
  ENDED,
  LOG_STATE,
  OFFERED,
  OPEN,
  SPACE,
  STATE,
  isMadeHere,
} from "./shared-stripe.ts";

/** Why nothing new is accepted. */
export interface Over {
  /** Nothing is answered any more, either: the cursors stand still for ever. */
  readonly ended: boolean;
  /** For who has appended nothing. */
  refusal(): WalError;
  /** For who waits for an answer; `numbered` = the entry got an LSN. */
  failure(numbered: boolean): WalError;
}

export class ProducerState {
  readonly #control: Int32Array;
  readonly #cursors: Int32Array;
  readonly #limits: RecordLimits;
  readonly #limited: boolean;
  readonly #onNoSpace: () => void;
  #closed = false;
  #left = false;

  /**
   * Takes the place; `onNoSpace` asks the flusher to look again what there is.
   * @throws WalError `WAL_UNSUPPORTED` if the place is taken, `WAL_CLOSED` if it was given up
   */
  constructor(handle: SharedProducerHandle, onNoSpace: () => void) {
    const { memory, limits, limited } = handle;
    this.#limits = limits;
    this.#limited = limited;
    this.#onNoSpace = onNoSpace;
    this.#control = memory.control;
    this.#cursors = memory.ring.cursors;
    const was = Atomics.compareExchange(this.#cursors, STATE, OFFERED, ATTACHED);
    if (was === ATTACHED) {
      throw new WalError("WAL_UNSUPPORTED", "this handle is attached already: ask for another one");
    }
    if (was === DETACHED) throw new WalError("WAL_CLOSED", "this handle was given back");
  }

  /** `undefined` while appends are accepted. To be read before the cursors. */
  get over(): Over | undefined {
    const state = Atomics.load(this.#control, LOG_STATE);
    if (state === CLOSING) return closing;
    if (state !== OPEN) return ended(END_CODES[state - ENDED] ?? "WAL_POISONED");
    if (this.#left || Atomics.load(this.#cursors, STATE) !== DETACHED) return undefined;
    return released;
  }

  /**
   * To be called before an append. Plain reads, a fraction of what Atomics cost: whatever told this thread
   * that the log is over ordered them behind it, and to all others it might have ended a moment later.
   */
  refuseIfOver(): void {
    if (this.#closed) throw new WalError("WAL_CLOSED", "the producer is detached");
    if (this.#control[LOG_STATE] === OPEN && this.#cursors[STATE] === ATTACHED) return;
    const { over } = this;
    if (over !== undefined) throw over.refusal();
  }

  /** The log is written by this very thread, which must not block. */
  refuseIfLocal(): void {
    if (!isMadeHere(this.#control)) return;
    throw new WalError(
      "WAL_UNSUPPORTED",
      "appendSync here would block the thread that has to write the record: use wal.appendSync",
    );
  }

  /** Bytes the record takes in the stripe. @throws TypeError WalError if it may not be appended */
  admitOne(record: Uint8Array): number {
    this.refuseIfOver();
    const bytes = checkedRecordBytes(record, this.#limits);
    if (this.#limited) this.#reserve(bytes);
    return bytes;
  }

  /** The same for a batch. */
  admit(records: readonly Uint8Array[]): number {
    this.refuseIfOver();
    const bytes = checkedBytes(records, this.#limits);
    if (this.#limited) this.#reserve(bytes);
    return bytes;
  }

  /** Nothing more is admitted. */
  close(): void {
    this.#closed = true;
  }

  /** Gives the place back; everything published is answered. */
  leave(): void {
    this.#left = true;
    Atomics.store(this.#cursors, STATE, DETACHED);
  }

  /** Takes `bytes` of what `maxTotalBytes` leaves, as far as the flusher knew. */
  #reserve(bytes: number): void {
    if (Atomics.sub(this.#control, SPACE, bytes) >= bytes) return;
    Atomics.add(this.#control, SPACE, bytes);
    this.#onNoSpace();
    const message = "maxTotalBytes is reached; checkpoint to free space";
    throw new WalError("WAL_NO_SPACE", message, notWritten);
  }
}

const closing: Over = {
  ended: false,
  refusal: () => new WalError("WAL_CLOSED", "the log is closing", notWritten),
  failure: () => new WalError("WAL_CLOSED", "the log is closing"),
};

const released: Over = {
  ended: true,
  refusal: () => new WalError("WAL_CLOSED", "the log has taken this producer's stripe back"),
  failure: () =>
    new WalError("WAL_OUTCOME_UNKNOWN", "the log has taken this producer's stripe back", {
      details: { outcome: "unknown" },
    }),
};

const notWritten = { details: { outcome: "not-written" } } as const;

function ended(code: (typeof END_CODES)[number]): Over {
  const message =
    code === "WAL_CLOSED"
      ? "the log was closed"
      : code === "WAL_OUTCOME_UNKNOWN"
        ? "the thread that owned the log has died"
        : "the log is poisoned since a write or sync failed";
  return {
    ended: true,
    refusal: () => new WalError(code === "WAL_CLOSED" ? code : "WAL_POISONED", message, notWritten),
    failure: (numbered) =>
      numbered
        ? new WalError(code, message, { details: { outcome: "unknown" } })
        : new WalError(code, message, notWritten),
  };
}
