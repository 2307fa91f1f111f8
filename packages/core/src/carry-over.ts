/**
 * What an open takes over from the lifetime before it: the tail that nothing vouches for, written
 * again before anything is shown, and the records of a small segment, repeated by the first append.
 */
import type { LogWriter } from "./commit/log-writer.ts";
import { asWalError } from "./errors.ts";
import { segmentName } from "./format/segment-name.ts";
import { runIo } from "./io.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Recovered } from "./recovery/recover.ts";
import { withFile } from "./recovery/survey.ts";
import { type CarriedFrame, loadFrames } from "./segment/carry.ts";
import type { SegmentSet } from "./segment/segment-set.ts";
import type { Storage } from "./storage.ts";

/** A small cleanly closed segment up to this size is carried whole by the next lifetime's first append. */
const CARRY_WHOLE_BYTES = 256 * 1024;
/** Carried frames are written in pieces of about so many. */
const CARRY_BATCH_FRAMES = 256;

/** Many short lives must not leave many small files: the frames of a small newest segment, to be repeated. */
export async function smallPredecessor(
  options: ResolvedOptions,
  found: Recovered,
  set: SegmentSet,
): Promise<CarriedFrame[]> {
  const { newest } = set;
  const limit = Math.min(CARRY_WHOLE_BYTES, options.segmentBytes / 4);
  if (newest === undefined || found.unvouched.length > 0 || newest.end > limit) return [];
  if (newest.lastLsn < newest.firstLsn || newest.lastLsn <= found.lowLsn) return [];
  const range = { from: newest.start, to: newest.end };
  return withFile(options.storage, newest.name, (file) => loadFrames(file, newest, range));
}

/** Writes the unvouched tail again; if that fails, the file it tried to write goes. */
export async function carryTail(
  storage: Storage,
  found: Recovered,
  set: SegmentSet,
  writer: LogWriter,
): Promise<void> {
  const source = set.newest;
  const [first, last] = [found.unvouched[0], found.unvouched.at(-1)];
  if (source === undefined || first === undefined || last === undefined) return;
  const range = { from: first.offset, to: last.end };
  const frames = await withFile(storage, source.name, (file) => loadFrames(file, source, range));
  const batches: CarriedFrame[][] = [];
  for (let i = 0; i < frames.length; i += CARRY_BATCH_FRAMES) {
    batches.push(frames.slice(i, i + CARRY_BATCH_FRAMES));
  }
  try {
    await runIo(writer.carryTail(last.lastLsn, batches));
  } catch (error) {
    await runIo(writer.abandon());
    const name = segmentName(found.maxId + 1);
    // Best effort, and no harm if it stays: an incomplete carry is ignored by the next open.
    await storage.remove(name).catch((unremovable: unknown) => asWalError(unremovable, name));
    throw error;
  }
}
