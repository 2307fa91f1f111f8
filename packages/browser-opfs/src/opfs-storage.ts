/**
 * The storage: puts lock, pool, views and snapshots together under the core's contract. Changing
 * anything needs the slot files open, and only one worker of the origin can have them; reading does not.
 */
import { WalError } from "@stria/core";
import type { BlockingStorage, Storage, StorageLock } from "@stria/core";
import { openLog } from "./opened-log.ts";
import type { OpenedLog } from "./opened-log.ts";
import { openView } from "./opfs-file.ts";
import { checkLogName, decideSettings } from "./options.ts";
import type { OpfsSettings, OpfsStorageOptions } from "./options.ts";
import { part } from "./part.ts";
import { browserPlatform } from "./platform.ts";
import type { OpfsPlatform, StorageRoom } from "./platform.ts";
import type { PoolCount, SlotPool } from "./slot-pool.ts";
import { payloadOffset } from "./slot-layout.ts";
import type * as Snapshots from "./slot-snapshot.ts";

/** How a storage stands at this moment. */
export interface OpfsReport extends StorageRoom {
  readonly powerLossDurable: boolean;
  /** Why `powerLossDurable` is false, and what else threatens the data; empty when nothing is known to. */
  readonly concerns: readonly string[];
  /** Bytes of one slot file. */
  readonly slotBytes: number;
  /** `undefined` while the files are not open here. */
  readonly slots?: PoolCount;
  /** Why no slot could be made ahead of need, last time. */
  readonly growthFailure?: unknown;
}

/** A {@link Storage} on the origin private file system, which can also say how it stands. */
export interface OpfsStorage extends Storage {
  /**
   * Opens the log's files for this worker alone, as `lock()` and the first `create` or `remove` do. The
   * `blocking` verbs need it done before, because opening takes turns of the event loop.
   */
  prepare(): Promise<void>;
  /** Lets the files go if they are open, with or without the lock. Does nothing otherwise. */
  close(): Promise<void>;
  /** Capabilities, room and slots at this moment. */
  report(): Promise<OpfsReport>;
}

/**
 * Storage for log `name` of this origin, for use in a dedicated worker. Touches nothing before its first
 * verb. Opening rejects with `WAL_UNSUPPORTED` where there are no private files (not a dedicated worker,
 * private window, insecure page), `WAL_LOCKED` while another tab or worker has the log, `WAL_NO_SPACE`
 * where not even one slot fits, `WAL_CORRUPT` when a slot's identity is lost. `list` and `open` need no
 * lock: without it they read what is there while somebody else writes.
 *
 * `capabilities.powerLossDurable` is a statement about this moment: false before the files are open, and while
 * a slot in use or the next one to be used is so new that its name may not survive a power cut.
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
  let opening: Promise<OpenedLog> | undefined;
  let opened: OpenedLog | undefined;
  let locked = false;

  async function ready(): Promise<OpenedLog> {
    opening ??= openLog(findPlatform(), logName, settings);
    try {
      opened = await opening;
      return opened;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  }

  async function letGo(): Promise<void> {
    const log = await opening;
    opening = undefined;
    opened = undefined;
    locked = false;
    await log?.close();
  }

  async function lock(): Promise<StorageLock> {
    if (locked) throw new WalError("WAL_LOCKED", `OPFS storage ${logName}: locked here already`);
    locked = true;
    try {
      const mine = await ready();
      return { release: () => (opened === mine ? letGo() : Promise.resolve()) };
    } catch (error) {
      locked = false;
      throw error;
    }
  }

  function poolNow(): SlotPool {
    if (opened !== undefined) return opened.pool;
    throw new WalError(
      "WAL_CLOSED",
      `OPFS storage ${logName}: not open; lock() or prepare() first`,
    );
  }

  const blocking: BlockingStorage = {
    create(file, wanted) {
      const { slot, fromReserve } = poolNow().claim(file, wanted);
      return openView(slot, { fromReserve });
    },
    syncDirectory: () => poolNow().settle(),
  };

  return {
    name: `opfs:${logName}`,
    capabilities: {
      get powerLossDurable() {
        return opened !== undefined && opened.platform.flushReachesDrive && opened.pool.namesSafe();
      },
      synchronous: true,
      preallocate: false,
      maxFileBytes: settings.payloadBytes,
    },
    blocking,
    lock,
    close: letGo,
    async prepare() {
      await ready();
    },
    list: async () =>
      opened?.pool.names() ?? (await snapshots()).listSnapshot(findPlatform(), logName),
    open: async (file) =>
      opened === undefined
        ? (await snapshots()).openSnapshot(findPlatform(), logName, file)
        : openView(opened.pool.find(file)),
    async create(file, wanted) {
      const { pool } = await ready();
      const { slot, fromReserve } = await pool.claimOrGrow(file, wanted);
      return openView(slot, { fromReserve });
    },
    async remove(file) {
      const { pool } = await ready();
      pool.release(file);
    },
    async syncDirectory() {
      opened?.pool.settle();
    },
    async report() {
      const platform = opened?.platform ?? findPlatform();
      return assess(await platform.room(), { platform, settings, pool: opened?.pool });
    },
  };
}

/** Only readers without the lock need it: a bundle loads it when one comes. */
function snapshots(): Promise<typeof Snapshots> {
  return part(import("./slot-snapshot.ts"));
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
