/**
 * Who is still alive: everybody holds a Web Lock of its own name, and who cares waits for it. The
 * browser takes a lock back when its holder dies, however it dies; there is no heartbeat to miss.
 */

/** Takes the lock `name`, which nobody else asks for before it is held; returns how to let it go. */
export function holdLock(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, () => {
        return new Promise<void>((letGo) => {
          resolve(() => letGo());
        });
      })
      .catch(reject);
  });
}

/** Calls `died` once the holder of the lock `name` is gone, unless `signal` fires before. */
export function watchLock(name: string, signal: AbortSignal, died: () => void): void {
  navigator.locks
    .request(name, { mode: "shared", signal }, () => {
      if (!signal.aborted) died();
    })
    .catch((error: unknown) => {
      // Given up: nobody wants to know any more. Anything else means that nothing can be watched: as bad as a death.
      if (!signal.aborted) died();
      return error;
    });
}

/** Lock a host (the worker with the log) holds as long as it serves. */
export function hostLock(hostId: string): string {
  return `stria-host:${hostId}`;
}

/** Lock a guest (a tab that uses another tab's log) holds as long as it lives. */
export function guestLock(guestId: string): string {
  return `stria-guest:${guestId}`;
}

/** Lock the tab holds whose worker has the shared log, or is about to. */
export function leaderLock(name: string): string {
  return `stria-leader:${name}`;
}
