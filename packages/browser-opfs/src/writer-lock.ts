/**
 * One writer a log among all tabs and workers of an origin: an exclusive Web Lock, which the browser
 * takes back when its holder dies. Comes before the files' own locks, whose refusals have no queue.
 */
import { WalError } from "@stria/core";
import { isNamed } from "./platform.ts";
import type { OpfsPlatform, WebLocks } from "./platform.ts";

/** Held until released, or until this worker ends. */
export interface WriterLock {
  release(): Promise<void>;
}

/** Takes the lock of log `name`, waiting `timeoutMs` for a holder on its way out; else `WAL_LOCKED`. */
export function takeWriterLock(
  platform: OpfsPlatform,
  name: string,
  timeoutMs: number,
): Promise<WriterLock> {
  const { locks, clock } = platform;
  const lockName = `stria:${name}`;
  return new Promise((resolve, reject) => {
    const waiting = new AbortController();
    const stopWaiting = clock.timer(() => waiting.abort(), timeoutMs);
    let letGo: (() => void) | undefined;
    const ended = locks.request(lockName, { mode: "exclusive", signal: waiting.signal }, () => {
      stopWaiting();
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
    ended.catch(async (error: unknown) => {
      stopWaiting();
      reject(isNamed(error, "AbortError") ? await locked(locks, lockName, error) : error);
    });
  });
}

async function locked(locks: WebLocks, lockName: string, cause: unknown): Promise<WalError> {
  const { held = [] } = await locks.query();
  const clientId = held.find((lock) => lock.name === lockName)?.clientId;
  return new WalError(
    "WAL_LOCKED",
    `OPFS storage: another tab or worker of this site has the log open (Web Lock ${lockName})`,
    { cause, details: clientId === undefined ? {} : { holder: `client ${clientId}` } },
  );
}
