/** Removes a log with its database, which only its writer may do. */
import { deleteDB } from "idb";
import { databaseName } from "./database.ts";
import { type IndexedDbStorageOptions, defaultLockTimeoutMs } from "./indexeddb-storage.ts";
import { takeWriterLock } from "./writer-lock.ts";

/**
 * Removes the log `name` of this origin for good; readers that are open fail from then on. Resolves when
 * it is gone, also if it was never there.
 *
 * @throws `WAL_LOCKED` while a writer has it open
 */
export async function destroy(
  name: string,
  { lockTimeoutMs = defaultLockTimeoutMs }: IndexedDbStorageOptions = {},
): Promise<void> {
  const lock = await takeWriterLock(name, lockTimeoutMs);
  try {
    await deleteDB(databaseName(name));
  } finally {
    await lock.release();
  }
}
