/**
 * Removes a log completely. A deletion may come back after a power cut, so every slot is emptied and
 * synced before its name goes: what comes back then is an empty slot and not an old log.
 */
import { asWalError } from "@stria/core";
import { checkLogName, decideSettings } from "./options.ts";
import { browserPlatform, isNamed } from "./platform.ts";
import type { OpfsDirectory, OpfsPlatform } from "./platform.ts";
import { logDirectory, logsDirectory } from "./pool-opening.ts";
import { takeAllFiles } from "./slot-files.ts";
import { takeWriterLock } from "./writer-lock.ts";

/**
 * Deletes log `name` of this origin with all its files, for good. Works on damaged logs too; does nothing
 * where there is none. Must run in a dedicated worker. Rejects with `WAL_LOCKED` while the log is open
 * anywhere. If it fails or dies half-way the log is unusable: call it again.
 */
export function destroy(name: string, options: { lockTimeoutMs?: number } = {}): Promise<void> {
  return destroyOn(browserPlatform(), name, options);
}

/** The same on any platform. */
export async function destroyOn(
  platform: OpfsPlatform,
  name: string,
  options: { lockTimeoutMs?: number } = {},
): Promise<void> {
  const { lockTimeoutMs } = decideSettings(options);
  const logName = checkLogName(name);
  const writerLock = await takeWriterLock(platform, logName, lockTimeoutMs);
  try {
    const directory = await existing(platform, logName);
    if (directory === undefined) return;
    await emptyAll(platform, directory, lockTimeoutMs);
    const logs = await logsDirectory(platform);
    await logs.removeEntry(logName, { recursive: true });
  } catch (error) {
    throw asWalError(error, `destroying OPFS storage ${logName}`);
  } finally {
    await writerLock.release();
  }
}

async function emptyAll(
  platform: OpfsPlatform,
  directory: OpfsDirectory,
  lockTimeoutMs: number,
): Promise<void> {
  const { clock } = platform;
  const taken = await takeAllFiles(directory, {
    clock,
    deadline: clock.monotonic() + lockTimeoutMs,
  });
  try {
    for (const { handle } of taken) {
      handle.truncate(0);
      handle.flush();
    }
  } finally {
    for (const { handle } of taken) handle.close();
  }
}

async function existing(
  platform: OpfsPlatform,
  logName: string,
): Promise<OpfsDirectory | undefined> {
  try {
    return await logDirectory(platform, logName, { create: false });
  } catch (error) {
    if (isNamed(error, "NotFoundError")) return undefined;
    throw error;
  }
}
