/**
 * What may go: whole segments at or below the checkpoint, never the newest, never one that is being
 * read, never more than the owner wants to keep. It chooses and removes; making the choice durable
 * first (a synced mark) is the caller's step in between.
 */
import { asWalError } from "../errors.ts";
import type { WalEventListener } from "../events.ts";
import type { ReadFiles } from "../read/read-files.ts";
import type { SegmentSet } from "../segment/segment-set.ts";
import type { Storage } from "../storage.ts";

/** Bounds on what retention may remove. */
export interface RetentionRules {
  /** Live segments that stay whatever the checkpoint says. */
  readonly keepSegments: number;
  /** Ring log: old segments go by count alone, checkpointed or not. */
  readonly byCount: boolean;
}

/** The low LSN a checkpoint allows: last LSN of the newest segment that may go, or `lowLsn` as it is. */
export function allowedLowLsn(
  set: SegmentSet,
  rules: RetentionRules,
  marks: { checkpointLsn: number; lowLsn: number },
): number {
  const { segments } = set;
  const pinned = set.oldestPinned();
  let low = marks.lowLsn;
  for (let i = 0; i < segments.length - Math.max(1, rules.keepSegments); i++) {
    const segment = segments[i]!;
    if (segment.lastLsn > marks.checkpointLsn || segment === pinned) break;
    low = Math.max(low, segment.lastLsn);
  }
  return low;
}

/**
 * The low LSN of a ring log that is about to get one more segment, behind `predecessorId`: segments
 * that the new one jumps over make no place, it takes theirs.
 */
export function ringLowLsn(set: SegmentSet, rules: RetentionRules, predecessorId: number): number {
  if (!rules.byCount) return 0;
  const staying = set.segments.filter(({ id }) => id <= predecessorId);
  const going = staying.length + 1 - Math.max(1, rules.keepSegments);
  return staying[going - 1]?.lastLsn ?? 0;
}

/**
 * Removes dead files, oldest first (I7); the caller syncs the directory before anyone relies on it (I9).
 * A file that is being read, or that the storage refuses to remove, stays for the next time: it is dead
 * whether it exists or not, and the chain does not depend on the order they go in.
 */
export async function removeDead(
  set: SegmentSet,
  storage: Storage,
  files: ReadFiles,
  emit: WalEventListener,
): Promise<string[]> {
  const removed: string[] = [];
  for (const file of set.dead.slice()) {
    if (set.pinned(file.segment)) continue;
    try {
      await files.forget(file.name);
      await storage.remove(file.name);
    } catch (error) {
      if (await exists(storage, file.name)) {
        // Said once: it is tried again with every sweep.
        const failure = asWalError(error, `removing ${file.name}`, { segment: file.name });
        if (!set.refused.has(file.name)) emit({ type: "retention-failed", error: failure });
        set.refused.add(file.name);
        continue;
      }
    }
    set.dead.splice(set.dead.indexOf(file), 1);
    removed.push(file.name);
  }
  return removed;
}

/** Somebody may have removed the file by hand. A storage that cannot list says nothing about it. */
async function exists(storage: Storage, name: string): Promise<boolean> {
  try {
    return (await storage.list()).includes(name);
  } catch {
    // Whatever `list` threw (a WalError or platform error), the file has to count as there.
    return true;
  }
}
