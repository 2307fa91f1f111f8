/**
 * The files behind the slots: their names, and how their exclusive handles are got. A tab that just
 * died lets go of them a few milliseconds later, so a refusal is asked again for a while. A file that
 * is listed and cannot be found is one whose name did not survive: it is left out.
 */
import { WalError } from "@stria/core";
import type { Clock } from "@stria/core";
import { isNamed, unsupported } from "./platform.ts";
import type { OpfsDirectory, SyncAccess } from "./platform.ts";

const firstDelayMs = 5;
const longestDelayMs = 200;

/** A slot file that is ours until its handle is closed. */
export interface TakenFile {
  readonly slot: number;
  readonly handle: SyncAccess;
}

/** Until when to ask again for a handle somebody else has. */
export interface Patience {
  readonly clock: Clock;
  /** In the clock's monotonic milliseconds. */
  readonly deadline: number;
}

export function slotFileName(slot: number): string {
  return `slot-${String(slot).padStart(3, "0")}`;
}

/** Numbers of the slot files in `directory`, ascending; other files are none of ours. */
export async function slotNumbers(directory: OpfsDirectory): Promise<number[]> {
  const numbers: number[] = [];
  for await (const name of directory.keys()) {
    const digits = /^slot-(\d{3})$/.exec(name)?.[1];
    if (digits !== undefined) numbers.push(Number(digits));
  }
  return numbers.toSorted((one, other) => one - other);
}

/** Takes all slot files there are, or none: rejects with `WAL_LOCKED` and lets the others go. */
export async function takeAllFiles(
  directory: OpfsDirectory,
  patience: Patience,
): Promise<TakenFile[]> {
  const numbers = await slotNumbers(directory);
  const settled = await Promise.allSettled(
    numbers.map((slot) => takeFile(directory, slot, { ...patience, create: false })),
  );
  const taken: TakenFile[] = [];
  const refusals: unknown[] = [];
  for (const result of settled) {
    if (result.status === "fulfilled") taken.push(result.value);
    else if (!isNamed(result.reason, "NotFoundError")) refusals.push(result.reason);
  }
  if (refusals.length === 0) return taken;
  closeAll(taken);
  throw refusals[0];
}

/** Takes one slot file, making it if `create` says so. */
export async function takeFile(
  directory: OpfsDirectory,
  slot: number,
  options: Patience & { readonly create: boolean },
): Promise<TakenFile> {
  const file = await directory.getFileHandle(slotFileName(slot), { create: options.create });
  const open = (): Promise<SyncAccess> => file.createSyncAccessHandle();
  return { slot, handle: await patiently(open, options, firstDelayMs) };
}

/** Closes handles on the way out of a failure. */
export function closeAll(taken: readonly TakenFile[]): void {
  for (const { handle } of taken) handle.close();
}

async function patiently(
  open: () => Promise<SyncAccess>,
  patience: Patience,
  delayMs: number,
): Promise<SyncAccess> {
  try {
    return await open();
  } catch (error) {
    if (isNamed(error, "NotSupportedError")) {
      throw unsupported(
        "this browser has no sync access handles: another browser is needed",
        error,
      );
    }
    if (!isNamed(error, "NoModificationAllowedError")) throw error;
    if (patience.clock.monotonic() + delayMs > patience.deadline) throw locked(error);
  }
  await pause(patience.clock, delayMs);
  return patiently(open, patience, Math.min(delayMs * 2, longestDelayMs));
}

function locked(cause: unknown): WalError {
  const message =
    "OPFS storage: its files are open elsewhere; close the other tab, or restart the browser if there is none";
  return new WalError("WAL_LOCKED", message, { cause });
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.timer(resolve, delayMs);
  });
}
