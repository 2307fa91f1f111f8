/**
 * Errors a caller can act on: one class, one stable `code` per remedy.
 * Wrong arguments are plain `TypeError`/`RangeError`; everything the disk, the bytes or the state
 * of the log can do wrong is a `WalError`. Messages may change between releases, codes do not.
 */

/**
 * Stable error codes. Each says what the caller should do:
 *
 * | code | meaning | remedy |
 * |---|---|---|
 * | `WAL_CLOSED` | the log is closed or closing | open it again |
 * | `WAL_POISONED` | an earlier write or sync failed; nothing is acknowledged any more | close, fix the disk, open again: recovery says what survived |
 * | `WAL_LOCKED` | another writer holds the log | stop it, or use `Wal.openReader` |
 * | `WAL_CORRUPT` | bytes that were vouched for are damaged or missing | restore a backup, or `salvage` into a new log |
 * | `WAL_UNSUPPORTED_VERSION` | written by a newer Stria | upgrade Stria |
 * | `WAL_RECORD_TOO_LARGE` | a record or batch exceeds `maxRecordBytes` or the adapter's space | split it |
 * | `WAL_BACKPRESSURE` | no room in the stripe before the deadline | slow down; `await wal.ready()` |
 * | `WAL_GAP` | the wanted records were retired, or lie in a recorded gap | continue at `details.resumeLsn` |
 * | `WAL_NO_SPACE` | disk, quota or `maxTotalBytes` is full | free space or checkpoint, then open again |
 * | `WAL_STORAGE` | the platform refused a read, write or sync | see `cause` |
 * | `WAL_UNSUPPORTED` | this storage or runtime cannot do that | see the adapter's capabilities |
 * | `WAL_ABORTED` | the caller's `signal` fired; the record may still become durable | – |
 * | `WAL_OUTCOME_UNKNOWN` | the log's owner died with the request in its hands | look for the record after reopening |
 * | `WAL_UNKNOWN_KEY` | a segment names a key that was not given | add the key |
 * | `WAL_WRONG_KEY` | the key has the right id but other bytes | give the right key |
 * | `WAL_TAMPERED` | checksum right, authentication wrong | someone changed the log on purpose |
 * | `WAL_PLAINTEXT` | a plaintext segment where a cipher is required | `allowPlaintext` while migrating |
 * | `WAL_ROLLBACK` | the log is older than `minHead` | an old copy was put in place |
 * | `WAL_UNSUPPORTED_CIPHER` | a segment names a cipher suite nobody here knows | configure that suite |
 */
export type WalErrorCode =
  | "WAL_CLOSED"
  | "WAL_POISONED"
  | "WAL_LOCKED"
  | "WAL_CORRUPT"
  | "WAL_UNSUPPORTED_VERSION"
  | "WAL_RECORD_TOO_LARGE"
  | "WAL_BACKPRESSURE"
  | "WAL_GAP"
  | "WAL_NO_SPACE"
  | "WAL_STORAGE"
  | "WAL_UNSUPPORTED"
  | "WAL_ABORTED"
  | "WAL_OUTCOME_UNKNOWN"
  | "WAL_UNKNOWN_KEY"
  | "WAL_WRONG_KEY"
  | "WAL_TAMPERED"
  | "WAL_PLAINTEXT"
  | "WAL_ROLLBACK"
  | "WAL_UNSUPPORTED_CIPHER";

/** Where and what, for programs; the message says the same for people. Never a payload, never a key. */
export interface WalErrorDetails {
  /** File name of the segment concerned. */
  readonly segment?: string;
  /** Byte offset in that file. */
  readonly offset?: number;
  /** First LSN concerned. */
  readonly lsn?: number;
  /** `WAL_GAP`: the first LSN that can be read after the gap. */
  readonly resumeLsn?: number;
  /** A failed append: `unknown` = may or may not be there after reopening, `not-written` = never reached the storage. */
  readonly outcome?: "unknown" | "not-written";
  /** `WAL_LOCKED`: who holds the lock, as far as the adapter knows. */
  readonly holder?: string;
}

/** Every failure of disk, bytes or state. Test with {@link isWalError}, not `instanceof`: two copies of this package may be loaded. */
export class WalError extends Error {
  override readonly name: string = "WalError";
  readonly code: WalErrorCode;
  readonly details: WalErrorDetails;

  constructor(
    code: WalErrorCode,
    message: string,
    options: { cause?: unknown; details?: WalErrorDetails } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
    if (code === "WAL_ABORTED") this.name = "AbortError";
  }
}

/** True for a `WalError` of any loaded copy of this package, and, if given, of that code. */
export function isWalError(error: unknown, code?: WalErrorCode): error is WalError {
  if (!(error instanceof Error)) return false;
  const found = (error as { code?: unknown }).code;
  if (typeof found !== "string" || !found.startsWith("WAL_")) return false;
  return code === undefined || found === code;
}

const noSpaceCodes: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "QuotaExceededError"]);

/** What a storage verb threw, as a `WalError`: `WAL_NO_SPACE` for a full disk or quota, else `WAL_STORAGE`. */
export function asWalError(error: unknown, doing: string, details: WalErrorDetails = {}): WalError {
  if (isWalError(error)) return error;
  const { code, name, message } = (error ?? {}) as {
    code?: unknown;
    name?: unknown;
    message?: unknown;
  };
  const full = noSpaceCodes.has(code) || noSpaceCodes.has(name);
  return new WalError(
    full ? "WAL_NO_SPACE" : "WAL_STORAGE",
    `${doing} failed: ${typeof message === "string" ? message : String(error)}`,
    { cause: error, details },
  );
}
