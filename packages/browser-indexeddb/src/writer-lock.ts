/**
 * One writer a log among all pages and workers of an origin: an exclusive Web Lock, which the browser
 * takes back when its holder dies.
 */
import { type StorageLock, WalError } from "@stria/core";
import { databaseName, isNamed } from "./database.ts";

/** Least patience with a browser that has not granted a free lock. */
const SLOW_BROWSER_MS = 50;

/**
 * Takes the lock of the log, waiting `timeoutMs` for a holder on its way out; else `WAL_LOCKED`. Asks
 * again where nobody holds it: the browser was only slow to grant it.
 */
export async function takeWriterLock(log: string, timeoutMs: number): Promise<StorageLock> {
  // Read as unknown: there is none in pages that are not secure, whatever the types say.
  const { locks } = navigator as { locks?: LockManager };
  if (locks === undefined) {
    throw new WalError("WAL_UNSUPPORTED", "there are no Web Locks here: serve the page by https");
  }
  const lockName = databaseName(log);
  return new Promise((resolve) => {
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
      resolve(whenTimedOut(error));
    });
  });

  async function whenTimedOut(error: unknown): Promise<StorageLock> {
    if (!isNamed(error, "TimeoutError")) throw error;
    if (await isHeld(lockName)) throw locked(lockName, error);
    return takeWriterLock(log, Math.max(timeoutMs, SLOW_BROWSER_MS));
  }
}

async function isHeld(lockName: string): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === lockName);
}

function locked(lockName: string, cause: unknown): WalError {
  const message = `another page or worker of this site has the log open (Web Lock ${lockName})`;
  return new WalError("WAL_LOCKED", message, { cause });
}
