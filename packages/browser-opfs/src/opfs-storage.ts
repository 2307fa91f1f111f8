/**
 * The storage: puts lock, pool and views together under the core's contract. Files can be used while
 * the lock is held, because only its holder may have the slot files open.
 */
import { asWalError, WalError } from "@stria/core";
import type { BlockingStorage, Storage, StorageCapabilities, StorageLock } from "@stria/core";
import { openView } from "./opfs-file.ts";
import { checkLogName, decideSettings } from "./options.ts";
import type { OpfsSettings, OpfsStorageOptions } from "./options.ts";
import { browserPlatform } from "./platform.ts";
import type { OpfsPlatform, StorageRoom } from "./platform.ts";
import { openPool } from "./pool-opening.ts";
import type { PoolCount, SlotPool } from "./slot-pool.ts";
import { payloadOffset } from "./slot-header.ts";
import { takeWriterLock } from "./writer-lock.ts";

/** How a storage stands at this moment. */
export interface OpfsReport extends StorageRoom {
  readonly powerLossDurable: boolean;
  /** Why `powerLossDurable` is false, and what else threatens the data; empty when nothing is known to. */
  readonly concerns: readonly string[];
  /** Bytes of one slot file. */
  readonly slotBytes: number;
  /** `undefined` while the lock is not held. */
  readonly slots?: PoolCount;
  /** Why no slot could be made ahead of need, last time. */
  readonly growthFailure?: unknown;
}

/** A {@link Storage} on the origin private file system, which can also say how it stands. */
export interface OpfsStorage extends Storage {
  report(): Promise<OpfsReport>;
}

/**
 * Storage for log `name` of this origin, for use in a dedicated worker. Touches nothing before `lock()`,
 * which rejects with `WAL_UNSUPPORTED` where there are no private files (not a dedicated worker, private
 * window, insecure page), `WAL_LOCKED` while another tab or worker has the log, `WAL_NO_SPACE` where not
 * even one slot fits, `WAL_CORRUPT` when a slot's identity is lost.
 *
 * `capabilities.powerLossDurable` is a statement about this moment: false before `lock()`, and while a slot
 * in use or the next one to be used is so new that its name may not survive a power cut.
 *
 * @example
 * ```ts
 * // in a dedicated worker
 * const wal = await Wal.open({ storage: opfsStorage("orders") });
 * ```
 */
export function opfsStorage(name: string, options: OpfsStorageOptions = {}): OpfsStorage {
  return storageOn(() => browserPlatform(), name, options);
}

/** The same on any platform; the fake one of the tests comes in here. */
export function storageOn(
  findPlatform: () => OpfsPlatform,
  name: string,
  options: OpfsStorageOptions = {},
): OpfsStorage {
  const settings = decideSettings(options);
  const logName = checkLogName(name);
  let open: { readonly pool: SlotPool; readonly platform: OpfsPlatform } | undefined;

  function pool(): SlotPool {
    if (open !== undefined) return open.pool;
    throw new WalError("WAL_CLOSED", `OPFS storage ${logName}: take its lock first`);
  }

  const capabilities: StorageCapabilities = {
    get powerLossDurable() {
      return open !== undefined && open.platform.flushReachesDrive && open.pool.namesSafe();
    },
    synchronous: true,
    preallocate: false,
    maxFileBytes: settings.payloadBytes,
  };

  const blocking: BlockingStorage = {
    create: (file) => openView(pool().claim(file)),
    syncDirectory: () => pool().settle(),
  };

  async function lock(): Promise<StorageLock> {
    const platform = findPlatform();
    const writerLock = await takeWriterLock(platform, logName, settings.lockTimeoutMs);
    const mine = await openOrRelease(platform, writerLock);
    open = { pool: mine, platform };
    return {
      async release() {
        if (open?.pool === mine) open = undefined;
        try {
          await mine.close();
        } finally {
          await writerLock.release();
        }
      },
    };
  }

  async function openOrRelease(platform: OpfsPlatform, writerLock: StorageLock): Promise<SlotPool> {
    try {
      return await openPool(platform, logName, settings);
    } catch (error) {
      await writerLock.release();
      throw asWalError(error, `opening OPFS storage ${logName}`);
    }
  }

  return {
    name: `opfs:${logName}`,
    capabilities,
    blocking,
    lock,
    list: async () => pool().names(),
    create: async (file) => openView(await pool().claimOrGrow(file)),
    open: async (file) => openView(pool().find(file)),
    remove: async (file) => pool().release(file),
    syncDirectory: async () => pool().settle(),
    async report() {
      const platform = open?.platform ?? findPlatform();
      return assess(await platform.room(), { platform, settings, pool: open?.pool });
    },
  };
}

function assess(
  room: StorageRoom,
  of: { platform: OpfsPlatform; settings: OpfsSettings; pool: SlotPool | undefined },
): OpfsReport {
  const { platform, settings, pool } = of;
  const namesSafe = pool?.namesSafe() ?? false;
  const concerns: string[] = [];
  if (pool === undefined) concerns.push("the log is not open here: nothing is known of its files");
  else if (!namesSafe) {
    concerns.push("new files: a power cut within about a minute may lose what is written to them");
  }
  if (!platform.flushReachesDrive) {
    concerns.push("on this system a flush may stop at the drive's cache: a power cut may lose it");
  }
  if (room.persisted === false) {
    concerns.push("not persistent: the browser may delete it; call navigator.storage.persist()");
  }
  return {
    ...room,
    powerLossDurable: namesSafe && platform.flushReachesDrive,
    concerns,
    slotBytes: payloadOffset + settings.payloadBytes,
    ...(pool === undefined ? {} : { slots: pool.count() }),
    ...(pool?.growthFailure === undefined ? {} : { growthFailure: pool.growthFailure }),
  };
}
