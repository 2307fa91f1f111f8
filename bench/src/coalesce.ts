/**
 * Callers coalesced into one transaction: the best use of a store that does not do it by itself.
 * Whoever calls while a batch is under way, or in the same turn of the event loop, is in the next one.
 */

interface Waiter {
  readonly record: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Turns a batch call into an `append` for many callers at once. */
export function coalesced(
  write: (records: Uint8Array[]) => Promise<unknown> | undefined,
): (record: Uint8Array) => Promise<void> {
  let waiting: Waiter[] = [];
  let running = false;

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await write(batch.map(({ record }) => record));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      // Those just answered append again before the next batch starts.
      await new Promise((turn) => setImmediate(turn));
    }
    running = false;
  };

  return (record) =>
    new Promise<void>((resolve, reject) => {
      waiting.push({ record, resolve, reject });
      if (running) return;
      running = true;
      setImmediate(() => void run());
    });
}
