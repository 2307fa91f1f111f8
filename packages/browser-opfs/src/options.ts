/**
 * Names and settings of an OPFS storage, validated once. A wrong one is a `TypeError`/`RangeError`
 * that names it and its range.
 */
import { payloadOffset } from "./slot-layout.ts";

/** Settings of {@link opfsStorage}. The defaults suit logs of up to some hundred megabytes. */
export interface OpfsStorageOptions {
  /**
   * Bytes of a slot file, a multiple of 4,096 from 65,536 to 1 GiB; default 8 MiB. A segment cannot
   * outgrow its slot. Free slots are brought to a new size when they are used next.
   */
  readonly slotBytes?: number;
  /** Slot files made at the first open, 1 to `maxSlots`; default 4. */
  readonly initialSlots?: number;
  /** Free slots kept ahead of need, 0 to `maxSlots`; default 2. The last one is never lent to records. */
  readonly spareSlots?: number;
  /**
   * Most slot files with records, 1 to 200 (each is an open file; Safari allows about 250 an origin); default 64.
   * Up to 4 more are made for what opening and checkpointing need once these are full.
   */
  readonly maxSlots?: number;
  /**
   * After how many milliseconds a new slot file's name is taken to survive a power cut, 0 to a day; default
   * 60,000. Chromium leaves it to the kernel's write-back, which has been seen to take up to 45 seconds.
   */
  readonly namesSettleMs?: number;
  /** How long `lock()` waits for a tab that is on its way out, 0 to 60,000 ms; default 2,000. */
  readonly lockTimeoutMs?: number;
}

/** All settings, decided. */
export interface OpfsSettings {
  /** Room for a file of the log in a slot. */
  readonly payloadBytes: number;
  readonly initialSlots: number;
  readonly spareSlots: number;
  readonly maxSlots: number;
  readonly namesSettleMs: number;
  readonly lockTimeoutMs: number;
}

/** Checks the options and fills in the defaults. */
export function decideSettings(options: OpfsStorageOptions): OpfsSettings {
  const slotBytes = whole("slotBytes", options.slotBytes ?? 8_388_608, 65_536, 1_073_741_824);
  if (slotBytes % 4096 !== 0) {
    throw new RangeError(`slotBytes must be a multiple of 4096, got ${slotBytes}`);
  }
  const maxSlots = whole("maxSlots", options.maxSlots ?? 64, 1, 200);
  const initial = options.initialSlots ?? Math.min(4, maxSlots);
  return {
    payloadBytes: slotBytes - payloadOffset,
    initialSlots: whole("initialSlots", initial, 1, maxSlots),
    spareSlots: whole("spareSlots", options.spareSlots ?? Math.min(2, maxSlots), 0, maxSlots),
    maxSlots,
    namesSettleMs: whole("namesSettleMs", options.namesSettleMs ?? 60_000, 0, 86_400_000),
    lockTimeoutMs: whole("lockTimeoutMs", options.lockTimeoutMs ?? 2000, 0, 60_000),
  };
}

/** A log's name becomes a folder: letters that every browser and system takes, told apart without case. */
export function checkLogName(name: string): string {
  if (typeof name !== "string") throw new TypeError(`name must be a string, got ${typeof name}`);
  if (!/^[a-z0-9_-][a-z0-9._-]{0,63}$/.test(name)) {
    throw new RangeError(
      `name must be 1 to 64 of a-z 0-9 . _ - and not begin with a dot, got ${JSON.stringify(name)}`,
    );
  }
  return name;
}

function whole(option: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number")
    throw new TypeError(`${option} must be a number, got ${typeof value}`);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${option} must be a whole number from ${least} to ${most}, got ${value}`);
}
