/** What may be sent at all: checked before a byte is copied. The host checks again, and more. */
import { encodedBytes } from "../append/stripe.ts";
import { WalError } from "../errors.ts";
import { RECORD_PREFIX_BYTES } from "../format/records.ts";
import type { AbortSignalLike } from "../signal.ts";
import { notAppended } from "./room-wait.ts";

export class RecordCheck {
  readonly #maxRecordBytes: number;

  constructor(maxRecordBytes: number) {
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Bytes the record takes with its prefix. */
  one(record: Uint8Array, signal?: AbortSignalLike): number {
    if (signal?.aborted === true) throw notAppended(signal);
    if (!(record instanceof Uint8Array)) throw new TypeError("a record must be a Uint8Array");
    if (record.length > this.#maxRecordBytes) throw this.#tooLarge(record.length);
    return RECORD_PREFIX_BYTES + record.length;
  }

  /** Bytes the batch takes with its prefixes. */
  batch(records: readonly Uint8Array[], signal?: AbortSignalLike): number {
    if (signal?.aborted === true) throw notAppended(signal);
    if (!Array.isArray(records)) throw new TypeError("a batch must be an array");
    if (!records.every((record) => record instanceof Uint8Array)) {
      throw new TypeError("every record of a batch must be a Uint8Array");
    }
    const bytes = encodedBytes(records);
    const payload = bytes - records.length * RECORD_PREFIX_BYTES;
    if (payload > this.#maxRecordBytes) throw this.#tooLarge(payload);
    return bytes;
  }

  #tooLarge(bytes: number): WalError {
    const message = `${bytes} bytes, at most ${this.#maxRecordBytes} are allowed`;
    return new WalError("WAL_RECORD_TOO_LARGE", message, { details: { outcome: "not-written" } });
  }
}
