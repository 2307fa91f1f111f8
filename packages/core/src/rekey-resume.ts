/** How much of an interrupted copy can be kept: its sealed segments. The rest is removed. */
import type { Crc32 } from "./checksum.ts";
import type { Cipher } from "./cipher.ts";
import { isWalError } from "./errors.ts";
import { segmentId } from "./format/segment-name.ts";
import type { ImportStart } from "./import-log.ts";
import { type Recovered, recover } from "./recovery/recover.ts";
import type { Storage } from "./storage.ts";

/**
 * Where the copy goes on; `undefined` = it starts from nothing, and nothing is there. What is kept is
 * compared with the old log at the end like everything else.
 */
export async function finishedPart(
  copy: Storage,
  options: { crc32: Crc32; cipher: Cipher },
): Promise<ImportStart | undefined> {
  for (;;) {
    const found = await recovered(copy, options);
    const segment = found?.segments.at(-1);
    if (found?.logId !== undefined && segment?.sealed === true) {
      await removeFrom(copy, segment.id + 1);
      return { logId: found.logId, segment };
    }
    // The newest segment has no seal; the one before it has.
    await removeFrom(copy, segment?.id ?? 1);
    if (segment === undefined || segment.id === 1) return undefined;
  }
}

/** A damaged copy is made anew: it holds nothing the old log has not. Under a wrong key it stays as it is. */
async function recovered(
  copy: Storage,
  { crc32, cipher }: { crc32: Crc32; cipher: Cipher },
): Promise<Recovered | undefined> {
  try {
    return await recover(copy, { crc32, cipher, sync: true });
  } catch (error) {
    if (isWalError(error, "WAL_CORRUPT") || isWalError(error, "WAL_TAMPERED")) return undefined;
    throw error;
  }
}

/** Removes segments by id, newest first, so that a crash in between leaves a shorter copy. */
export async function removeFrom(copy: Storage, first: number): Promise<void> {
  const ids = (await copy.list()).map((name) => ({ name, id: segmentId(name) ?? 0 }));
  const doomed = ids.filter(({ id }) => id >= first).toSorted((a, b) => b.id - a.id);
  if (doomed.length === 0) return;
  for (const { name } of doomed) await copy.remove(name);
  await copy.syncDirectory();
}
