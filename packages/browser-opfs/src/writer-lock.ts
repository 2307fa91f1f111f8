/**
 * One writer a log among all tabs and workers of an origin: an exclusive Web Lock, which the browser
 * takes back when its holder dies. Comes before the files' own locks, whose refusals have no queue.
 */
import { WalError } from "@stria/core";
import type { OpfsPlatform, WebLocks } from "./platform.ts";

/** Between two looks at who holds the lock. */
const SLOW_BROWSER_MS = 50;

interface Holder {
  readonly clientId?: string;
}

/** Held until released, or until this worker ends. */
export interface WriterLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of log `name`, waiting `timeoutMs` for a holder on its way out; else `WAL_LOCKED`. A
 * browser that is only slow to answer is waited for: nobody holds the lock then, and the answer will come.
 */
export function takeWriterLock(
  platform: OpfsPlatform,
  name: string,
  timeoutMs: number,
): Promise<WriterLock> {
  const { locks, clock } = platform;
  const lockName = `stria:${name}`;
  return new Promise((resolve, reject) => {
    const waiting = new AbortController();
    let stopWaiting = clock.timer(giveUp, timeoutMs);
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
    ended.catch((error: unknown) => {
      stopWaiting();
      reject(error);
    });

    function giveUp(): void {
      stopUnlessFree().catch(reject);
    }

    async function stopUnlessFree(): Promise<void> {
      const holder = await holderOf(locks, lockName);
      if (letGo !== undefined) return; // the lock has come meanwhile
      if (holder === undefined) stopWaiting = clock.timer(giveUp, SLOW_BROWSER_MS);
      else waiting.abort(lockedBy(holder, lockName));
    }
  });
}

/** Who holds the lock, if anybody does. */
async function holderOf(locks: WebLocks, lockName: string): Promise<Holder | undefined> {
  const { held = [] } = await locks.query();
  return held.find(({ name }) => name === lockName);
}

function lockedBy({ clientId }: Holder, lockName: string): WalError {
  return new WalError(
    "WAL_LOCKED",
    `OPFS storage: another tab or worker of this site has the log open (Web Lock ${lockName})`,
    { details: clientId === undefined ? {} : { holder: `client ${clientId}` } },
  );
}
