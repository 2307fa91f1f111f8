/** A group that is due still takes company: callers who were just answered append again in the same turn. */

/** Turns of the microtask queue it takes from an answer to the next append. */
const SETTLE_TURNS = 6;
const MAX_SETTLE_TURNS = 32;

const turnOver: Promise<void> = Promise.resolve();

/** Resolves when the number of waiting records stands still. */
export async function settled(source: { readonly pendingRecords: number }): Promise<void> {
  for (let turn = 0; turn < MAX_SETTLE_TURNS; turn++) {
    const before = source.pendingRecords;
    await turnOver;
    if (turn >= SETTLE_TURNS && source.pendingRecords === before) return;
  }
}
