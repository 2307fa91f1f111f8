/** What is refused before it takes any room: wrong arguments, too large a record or batch. */
import { WalError } from "../errors.ts";
import { RECORD_PREFIX_BYTES } from "../format/records.ts";
import { encodedBytes } from "./stripe.ts";

export interface RecordLimits {
  /** Of payload, in a record or a batch. */
  readonly maxRecordBytes: number;
  /** Of a batch with its length prefixes. */
  readonly maxBatchBytes: number;
}

/** Bytes one record takes in a stripe. @throws TypeError WalError `WAL_RECORD_TOO_LARGE` */
export function checkedRecordBytes(record: Uint8Array, limits: RecordLimits): number {
  if (!(record instanceof Uint8Array)) throw notBytes("a record", record);
  const { length } = record;
  if (length > limits.maxRecordBytes) throw tooLarge(length, limits.maxRecordBytes);
  return RECORD_PREFIX_BYTES + length;
}

/** Bytes the records take in a stripe. @throws TypeError WalError `WAL_RECORD_TOO_LARGE` */
export function checkedBytes(records: readonly Uint8Array[], limits: RecordLimits): number {
  if (!Array.isArray(records)) {
    throw new TypeError(`a batch must be an array, not ${typeOf(records)}`);
  }
  for (const record of records) {
    if (!(record instanceof Uint8Array)) throw notBytes("every record of a batch", record);
  }
  const bytes = encodedBytes(records);
  const payload = bytes - records.length * RECORD_PREFIX_BYTES;
  const { maxRecordBytes, maxBatchBytes } = limits;
  if (payload > maxRecordBytes) throw tooLarge(payload, maxRecordBytes);
  if (records.length > 1 && bytes > maxBatchBytes) throw tooLarge(bytes, maxBatchBytes);
  return bytes;
}

/** For one that is not to be cut into pieces. */
export function largerThanStripe(bytes: number, capacity: number): WalError {
  return new WalError(
    "WAL_RECORD_TOO_LARGE",
    `${bytes} bytes do not fit into the ${capacity} of the stripe at once: use append`,
    { details: { outcome: "not-written" } },
  );
}

function tooLarge(bytes: number, most: number): WalError {
  return new WalError("WAL_RECORD_TOO_LARGE", `${bytes} bytes, at most ${most} are allowed`, {
    details: { outcome: "not-written" },
  });
}

function notBytes(what: string, found: unknown): TypeError {
  return new TypeError(`${what} must be a Uint8Array, not ${typeOf(found)}`);
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}
