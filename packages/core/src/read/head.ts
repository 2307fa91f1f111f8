/** Rollback detection: does this log still contain a place its owner remembers. */
import { WalError } from "../errors.ts";
import { toHex } from "../format/bytes.ts";
import { FRAMES_START } from "../format/segment-header.ts";
import type { WalHead } from "../options.ts";
import { loadFrames } from "../segment/carry.ts";
import type { ReadSource } from "./log-reader.ts";

/** @throws WalError `WAL_ROLLBACK` if the log ends before `head`, or another commit ends with its LSN. */
export async function checkHead(source: ReadSource, head: WalHead): Promise<void> {
  const { set } = source;
  if (head.lsn > set.lastLsn) {
    throw rollback(`the log ends with LSN ${set.lastLsn}, LSN ${head.lsn} was seen before`);
  }
  const segment = set.find(head.lsn);
  // Retired: nothing is left to compare, and nothing older can be put in its place.
  if (segment === undefined || head.lsn <= source.lowLsn()) return;
  const found =
    head.lsn === segment.lastLsn ? segment.chain : await identityAt(source, segment, head.lsn);
  if (found === undefined || toHex(found) !== head.chain) {
    throw rollback(`LSN ${head.lsn} is not the commit that was seen before`);
  }
}

async function identityAt(
  source: ReadSource,
  segment: ReadSource["set"]["segments"][number],
  lsn: number,
): Promise<Uint8Array | undefined> {
  const { file, release } = await source.files.acquire(segment.name);
  try {
    const frames = await loadFrames(file, segment, { from: FRAMES_START, to: segment.end });
    return frames.find((frame) => frame.lastLsn === lsn)?.identity;
  } finally {
    await release();
  }
}

function rollback(reason: string): WalError {
  return new WalError("WAL_ROLLBACK", `the log was rolled back: ${reason}`);
}
