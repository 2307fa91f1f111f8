/** Rollback detection: does this log still contain a place its owner remembers. */
import { WalError } from "../errors.ts";
import { toHex } from "../format/bytes.ts";
import { FRAMES_START } from "../format/segment-header.ts";
import type { WalHead } from "../options.ts";
import { loadFrames } from "../segment/carry.ts";
import type { Recovered } from "../recovery/recover.ts";
import { withFile } from "../recovery/survey.ts";
import type { Segment } from "../segment/segment.ts";
import type { Storage } from "../storage.ts";

/**
 * Looks before anything is written.
 * @throws WalError `WAL_ROLLBACK` if the log ends before `head`, or another commit ends with its LSN.
 */
export async function checkHead(storage: Storage, found: Recovered, head: WalHead): Promise<void> {
  const last = found.unvouched.at(-1)?.lastLsn ?? found.vouchedLsn;
  if (head.lsn > last) {
    throw rollback(`the log ends with LSN ${last}, LSN ${head.lsn} was seen before`);
  }
  // Retired: nothing is left to compare, and nothing older can be put in its place.
  if (head.lsn <= found.lowLsn) return;
  const identity = await identityAt(storage, found, head.lsn);
  if (identity !== undefined && toHex(identity) === head.chain) return;
  throw rollback(`LSN ${head.lsn} is not the commit that was seen before`);
}

/** Identity of the commit that ends with `lsn`. */
async function identityAt(
  storage: Storage,
  found: Recovered,
  lsn: number,
): Promise<Uint8Array | undefined> {
  if (lsn > found.vouchedLsn) {
    return found.unvouched.find((frame) => frame.lastLsn === lsn)?.identity;
  }
  const segment: Segment | undefined = found.segments.findLast(({ firstLsn }) => firstLsn <= lsn);
  if (segment === undefined || lsn === segment.lastLsn) return segment?.chain;
  const { firstLsn, lastLsn, end } = segment;
  const range = { from: FRAMES_START, to: end, firstLsn, lastLsn };
  const frames = await withFile(storage, segment.name, (file) => loadFrames(file, segment, range));
  return frames.find((frame) => frame.lastLsn === lsn)?.identity;
}

function rollback(reason: string): WalError {
  return new WalError("WAL_ROLLBACK", `the log was rolled back: ${reason}`);
}
