/**
 * Opens the slot pool of one log: takes every slot file or none, judges what is in them, makes the
 * first ones of a new log. Whatever fails on the way, no handle stays open.
 */
import type { OpfsSettings } from "./options.ts";
import { isNamed } from "./platform.ts";
import type { OpfsDirectory, OpfsPlatform } from "./platform.ts";
import { bearSlot, findSlot } from "./slot-birth.ts";
import { closeAll, takeAllFiles, takeFile } from "./slot-files.ts";
import type { Patience, TakenFile } from "./slot-files.ts";
import { SlotPool } from "./slot-pool.ts";
import type { Slot } from "./slot.ts";

/** The folder all logs of an origin lie in. */
const folder = "stria";

/** Opens the pool in the folder of log `name`; rejects with `WAL_LOCKED`, `WAL_CORRUPT`, or for want of space. */
export async function openPool(
  platform: OpfsPlatform,
  name: string,
  settings: OpfsSettings,
): Promise<SlotPool> {
  const { clock } = platform;
  const patience = (): Patience => ({
    clock,
    deadline: clock.monotonic() + settings.lockTimeoutMs,
  });
  const directory = await logDirectory(platform, name, { create: true });
  const born = (taken: TakenFile): Slot =>
    bearSlot(taken.handle, {
      slot: taken.slot,
      payloadBytes: settings.payloadBytes,
      bornMs: clock.now(),
    });
  const bear = async (slot: number): Promise<Slot> => {
    const taken = await takeFile(directory, slot, { ...patience(), create: true });
    return orClose([taken], () => born(taken));
  };

  const taken = await takeAllFiles(directory, patience());
  const slots = orClose(taken, () => findSlots(taken, born));
  const pool = orClose(taken, () => new SlotPool({ settings, clock, slots, bear }));
  try {
    await pool.fill();
  } catch (error) {
    await pool.close();
    throw error;
  }
  pool.growAhead();
  return pool;
}

/** The folder of log `name`; without `create` it rejects with `NotFoundError` where there is none. */
export async function logDirectory(
  platform: OpfsPlatform,
  name: string,
  options: { create: boolean },
): Promise<OpfsDirectory> {
  const root = await platform.root();
  const logs = await root.getDirectoryHandle(folder, options);
  return logs.getDirectoryHandle(name, options);
}

/** The folder that holds the folders of all logs. */
export async function logsDirectory(platform: OpfsPlatform): Promise<OpfsDirectory> {
  const root = await platform.root();
  return root.getDirectoryHandle(folder);
}

function findSlots(taken: readonly TakenFile[], born: (taken: TakenFile) => Slot): Slot[] {
  const slots: Slot[] = [];
  const unborn: TakenFile[] = [];
  for (const file of taken) {
    const slot = findSlot(file.handle, file.slot);
    if (slot === undefined) unborn.push(file);
    else slots.push(slot);
  }
  // After all have been judged: a log with a damaged slot is left as it is.
  for (const file of unborn) {
    try {
      slots.push(born(file));
    } catch (error) {
      if (!isNamed(error, "QuotaExceededError")) throw error;
      // Its birth was cut short before, and there is still no room: the log does without it.
      file.handle.close();
    }
  }
  return slots;
}

function orClose<T>(taken: readonly TakenFile[], work: () => T): T {
  try {
    return work();
  } catch (error) {
    closeAll(taken);
    throw error;
  }
}
