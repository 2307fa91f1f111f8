/**
 * Callers gathered into one write: whoever appends while a write is under way, or in the turn in which
 * the last one was answered, is in the next one. The best a page can do with what does not do it itself.
 */

/** Turns of the microtask queue from an answer to the caller's next append. */
const SETTLE_TURNS = 8;

interface Waiter {
  readonly record: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** An `append` for many callers at once; `write` gets at most `most` records. */
export function gathered(
  write: (records: readonly Uint8Array[]) => Promise<unknown>,
  most: number,
): (record: Uint8Array) => Promise<void> {
  let waiting: Waiter[] = [];
  let running = false;

  const run = async (): Promise<void> => {
    for (;;) {
      for (let turn = 0; turn < SETTLE_TURNS; turn++) await Promise.resolve();
      if (waiting.length === 0) break;
      const batch = waiting.length <= most ? waiting : waiting.slice(0, most);
      waiting = batch === waiting ? [] : waiting.slice(most);
      try {
        await write(batch.map(({ record }) => record));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = false;
  };

  return (record) =>
    new Promise<void>((resolve, reject) => {
      waiting.push({ record, resolve, reject });
      if (running) return;
      running = true;
      void run();
    });
}

/** Records of one size behind each other, in a buffer that can be moved to a worker. */
export function packed(records: readonly Uint8Array[], spare?: ArrayBuffer): PackedRecords {
  const size = records[0]?.length ?? 0;
  const used = size * records.length;
  const buffer = spare !== undefined && spare.byteLength >= used ? spare : new ArrayBuffer(used);
  const bytes = new Uint8Array(buffer);
  for (const [at, record] of records.entries()) bytes.set(record, at * size);
  return { buffer, used, size };
}

/** What {@link packed} makes. */
export interface PackedRecords {
  readonly buffer: ArrayBuffer;
  readonly used: number;
  readonly size: number;
}
