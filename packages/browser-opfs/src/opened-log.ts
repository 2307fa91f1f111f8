/**
 * A log's files in our hands: the writer's lock first, then the pool behind it, and both let go again
 * in the other order, also when taking the second one fails.
 */
import { asWalError } from "@stria/core";
import type { OpfsSettings } from "./options.ts";
import type { OpfsPlatform } from "./platform.ts";
import { openPool } from "./pool-opening.ts";
import type { SlotPool } from "./slot-pool.ts";
import { takeWriterLock } from "./writer-lock.ts";

/** Exclusive until closed. */
export interface OpenedLog {
  readonly platform: OpfsPlatform;
  readonly pool: SlotPool;
  /** Lets everything go, even if the pool cannot write its last word; then rejects with why. */
  close(): Promise<void>;
}

/** Opens log `name`; every rejection is a `WalError`. */
export async function openLog(
  platform: OpfsPlatform,
  name: string,
  settings: OpfsSettings,
): Promise<OpenedLog> {
  const lock = await takeWriterLock(platform, name, settings.lockTimeoutMs);
  try {
    const pool = await openPool(platform, name, settings);
    return {
      platform,
      pool,
      async close() {
        try {
          await pool.close();
        } finally {
          await lock.release();
        }
      },
    };
  } catch (error) {
    await lock.release();
    throw asWalError(error, `opening OPFS storage ${name}`);
  }
}
