/**
 * One writer a log among all pages and workers of an origin: an exclusive Web Lock, which the browser
 * takes back when its holder dies.
 */
import { type StorageLock, WalError } from "@stria/core";
import { databaseName, isNamed } from "./database.ts";

/** Takes the lock of the log, waiting `timeoutMs` for a holder on its way out; else `WAL_LOCKED`. */
export async function takeWriterLock(log: string, timeoutMs: number): Promise<StorageLock> {
  // Read as unknown: there is none in pages that are not secure, whatever the types say.
  const { locks } = navigator as { locks?: LockManager };
  if (locks === undefined) {
    throw new WalError("WAL_UNSUPPORTED", "there are no Web Locks here: serve the page by https");
  }
  const lockName = databaseName(log);
  return new Promise((resolve, reject) => {
    let letGo: (() => void) | undefined;
    const signal = AbortSignal.timeout(timeoutMs);
    const ended = locks.request(lockName, { mode: "exclusive", signal }, () => {
      const held = new Promise<void>((done) => {
        letGo = done;
      });
      resolve({
        async release() {
          letGo?.();
          await ended;
        },
      });
      return held;
    });
    ended.catch((error: unknown) => {
      reject(isNamed(error, "TimeoutError") ? locked(lockName, error) : error);
    });
  });
}

function locked(lockName: string, cause: unknown): WalError {
  const message = `another page or worker of this site has the log open (Web Lock ${lockName})`;
  return new WalError("WAL_LOCKED", message, { cause });
}
