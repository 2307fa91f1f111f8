/**
 * Sync access handles with every result checked. Browsers say "out of space" in four ways: an
 * exception, 0, a short count, or an error code returned as a count larger than the buffer
 * (4294967288). All of them leave here as one error named `QuotaExceededError`, which the log reports
 * as `WAL_NO_SPACE`. Nothing here knows what the bytes mean.
 */
import { isNamed } from "./platform.ts";
import type { SyncAccess } from "./platform.ts";

/** Writes all of `bytes` at `at`, or throws. A short count is continued until a write makes no progress. */
export function writeAll(handle: SyncAccess, bytes: Uint8Array, at: number): void {
  let done = 0;
  while (done < bytes.length) {
    const left = done === 0 ? bytes : bytes.subarray(done);
    const count = guarded("write", () => handle.write(left, { at: at + done }));
    if (!Number.isSafeInteger(count) || count <= 0 || count > left.length) {
      throw noSpace(`a write of ${left.length} bytes returned ${count}`);
    }
    done += count;
  }
}

/** Reads up to `into.length` bytes at `at`; fewer only at the end of the file. Returns the count. */
export function readAll(handle: SyncAccess, into: Uint8Array, at: number): number {
  let done = 0;
  while (done < into.length) {
    const left = done === 0 ? into : into.subarray(done);
    const count = handle.read(left, { at: at + done });
    if (count === 0) return done;
    if (!Number.isSafeInteger(count) || count < 0 || count > left.length) {
      throw new Error(`a read of ${left.length} bytes returned ${count}`);
    }
    done += count;
  }
  return done;
}

/** Sets the file's size; growing it takes the space out of the quota now and not in the middle of a group. */
export function reserve(handle: SyncAccess, bytes: number): void {
  guarded("reserving space", () => handle.truncate(bytes));
  const found = handle.getSize();
  if (found !== bytes) throw noSpace(`reserving ${bytes} bytes left ${found}`);
}

/** The one error for "no more room", by the name the log looks for. */
export function noSpace(what: string, cause?: unknown): Error {
  const error = new Error(
    `no space left for this origin: ${what}`,
    cause === undefined ? {} : { cause },
  );
  error.name = "QuotaExceededError";
  return error;
}

function guarded<T>(doing: string, verb: () => T): T {
  try {
    return verb();
  } catch (error) {
    // Firefox throws its own constants where others throw QuotaExceededError.
    const full =
      isNamed(error, "QuotaExceededError") || /NO_DEVICE_SPACE|DISK_FULL/.test(String(error));
    throw full ? noSpace(`${doing} was refused`, error) : error;
  }
}
