/**
 * How a producer sleeps until the flusher has news. WAITING first, then SIGNAL, then the look: the
 * flusher changes the cursors, then SIGNAL, then looks at WAITING, so one of the two sees the other.
 * WAITING is the producer's alone: were the flusher to clear it, it could clear it for a sleep that
 * begins with the SIGNAL it has just given, and nobody would end that one.
 */
import { FOR_ANSWERS, FOR_ROOM, SIGNAL, WAITING } from "./shared-stripe.ts";

type WaitAsync = (
  array: Int32Array,
  index: number,
  value: number,
) => { readonly async: boolean; readonly value: string | Promise<string> };

/** Where the runtime has it; without it shared stripes are not used. */
export const waitAsync: WaitAsync | undefined = (
  Atomics as unknown as { waitAsync?: WaitAsync }
).waitAsync?.bind(Atomics);

/** Announces that the producer is about to sleep; hand the result to one of the two below, after a look. */
export function goingToSleep(cursors: Int32Array, { forRoom }: { forRoom: boolean }): number {
  Atomics.store(cursors, WAITING, forRoom ? FOR_ROOM : FOR_ANSWERS);
  return Atomics.load(cursors, SIGNAL);
}

/** Who sleeps, or will, wants to hear of room from now on; to be called before the look at it. */
export function wantRoom(cursors: Int32Array): void {
  Atomics.store(cursors, WAITING, FOR_ROOM);
}

/** Nobody on this thread sleeps any more: the flusher need not wake it. */
export function awake(cursors: Int32Array): void {
  Atomics.store(cursors, WAITING, 0);
}

/** Sleeps until there is news since {@link goingToSleep}. */
export async function sleep(cursors: Int32Array, signal: number): Promise<void> {
  await waitAsync!(cursors, SIGNAL, signal).value;
}

/** The same, blocking the thread, at most `timeoutMs`. */
export function sleepBlocking(cursors: Int32Array, signal: number, timeoutMs: number): void {
  Atomics.wait(cursors, SIGNAL, signal, timeoutMs);
}

/** Ends this producer's own {@link sleep}: there is less to wait for. */
export function stir(cursors: Int32Array): void {
  Atomics.add(cursors, SIGNAL, 1);
  Atomics.notify(cursors, SIGNAL);
}
