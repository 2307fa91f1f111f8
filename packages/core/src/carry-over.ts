/**
 * What an open takes over from the lifetime before it: the tail that nothing vouches for, written
 * again before anything is shown, and the records of a small segment, repeated by the first append.
 */
import type { LogWriter } from "./commit/log-writer.ts";
import { runIo } from "./io.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Recovered } from "./recovery/recover.ts";
import { withFile } from "./recovery/survey.ts";
import { type CarriedFrame, loadFrames } from "./segment/carry.ts";
import type { SegmentSet } from "./segment/segment-set.ts";
import type { Segment } from "./segment/segment.ts";

/** A small newest segment is repeated whole: many short lives must not leave many small files. */
const CARRY_WHOLE_BYTES = 256 * 1024;
/** Carried frames are written in pieces of about so many. */
const CARRY_BATCH_FRAMES = 256;

/** The frames of a small newest segment that ended well, for the first append to repeat. */
export async function smallPredecessor(
  options: ResolvedOptions,
  found: Recovered,
  set: SegmentSet,
): Promise<CarriedFrame[]> {
  const { newest } = set;
  if (newest === undefined || found.unvouched.length > 0) return [];
  if (!worthRepeating(options, found, newest, newest.end)) return [];
  const { name, start, end, firstLsn, lastLsn } = newest;
  const range = { from: start, to: end, firstLsn, lastLsn };
  return withFile(options.storage, name, (file) => loadFrames(file, newest, range));
}

/** Writes the unvouched tail again; if that fails, the file it tried to write gives its space back. */
export async function carryTail(
  options: ResolvedOptions,
  found: Recovered,
  set: SegmentSet,
  writer: LogWriter,
): Promise<void> {
  const { storage } = options;
  const source = set.newest;
  const [first, last] = [found.unvouched[0], found.unvouched.at(-1)];
  if (source === undefined || first === undefined || last === undefined) return;
  const whole = worthRepeating(options, found, source, last.end);
  const from = whole ? source : { start: first.offset, firstLsn: first.firstLsn };
  const { lastLsn, end: to } = last;
  const range = { from: from.start, to, firstLsn: from.firstLsn, lastLsn };
  const frames = await withFile(storage, source.name, (file) => loadFrames(file, source, range));
  const batches: CarriedFrame[][] = [];
  for (let i = 0; i < frames.length; i += CARRY_BATCH_FRAMES) {
    batches.push(frames.slice(i, i + CARRY_BATCH_FRAMES));
  }
  try {
    await runIo(writer.carryTail({ carriedTo: lastLsn, replaced: whole }, batches));
  } catch (error) {
    // Emptied, not removed: its id must never be given out again.
    await runIo(writer.discard());
    throw error;
  }
}

/** Writes watermarks again that may stand in the cache alone. */
export async function repeatMark(writer: LogWriter): Promise<void> {
  try {
    // The new header says it and is durable now. Only a frame behind it shows that to the next open,
    // which would write it again: a program that dies right after opening must not fill the disk.
    await runIo(writer.writeMark());
    await runIo(writer.writeMark());
  } catch (error) {
    await runIo(writer.discard());
    throw error;
  }
}

/** Small, and not about to be retired anyway. */
function worthRepeating(
  options: ResolvedOptions,
  found: Recovered,
  segment: Segment,
  end: number,
): boolean {
  const limit = Math.min(CARRY_WHOLE_BYTES, options.segmentBytes / 4);
  return end <= limit && segment.lastLsn >= segment.firstLsn && segment.lastLsn > found.lowLsn;
}
