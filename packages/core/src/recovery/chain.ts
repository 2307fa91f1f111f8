/**
 * Which segments are the log: the chain of predecessors from the newest born segment back to the one
 * that holds the first LSN still wanted. Headers only; docs/format.md section 4 is normative.
 */
import { WalError } from "../errors.ts";
import { equalBytes, toHex } from "../format/bytes.ts";
import { segmentName } from "../format/segment-name.ts";
import { SECTOR_BYTES, type SegmentHeader } from "../format/segment-header.ts";
import type { FoundSegment } from "./survey.ts";

/** A found segment with a valid header. */
export interface ValidSegment {
  readonly name: string;
  readonly size: number;
  readonly header: SegmentHeader;
}

/** Segments with valid headers, by id, after the checks every log must pass. */
export function validSegments(found: readonly FoundSegment[]): ValidSegment[] {
  const valid: ValidSegment[] = [];
  for (const { name, size, state } of found) {
    if (state.kind === "unsupported") {
      throw new WalError("WAL_UNSUPPORTED_VERSION", `${name}: ${state.reason}`, {
        details: { segment: name, offset: 0 },
      });
    }
    if (state.kind !== "valid") continue;
    const first = valid[0];
    if (first !== undefined && !equalBytes(first.header.logId, state.header.logId)) {
      const ids = `${toHex(state.header.logId)}, ${first.name} to ${toHex(first.header.logId)}`;
      throw corrupt(name, `it belongs to log ${ids}`);
    }
    valid.push({ name, size, header: state.header });
  }
  return valid;
}

/** Refuses header damage that no crash can explain. `newestId` is the newest born segment, 0 if none is. */
export function refuseBadHeaders(found: readonly FoundSegment[], newestId: number): void {
  for (const { id, name, state } of found) {
    if (state.kind === "bad" && id > newestId)
      throw corrupt(name, `no readable header: ${state.reason}`);
  }
  const lowest = found[0];
  if (newestId === 0 && lowest !== undefined && lowest.id !== 1) {
    throw corrupt(lowest.name, "the log's other segments are missing");
  }
}

/**
 * The chain, oldest first, ending with `newest`. Throws `WAL_CORRUPT` naming the segment that is
 * missing, damaged or shortened.
 */
export function walkChain(
  newest: ValidSegment,
  found: readonly FoundSegment[],
  lowLsn: number,
): ValidSegment[] {
  const byId = new Map(found.map((segment) => [segment.id, segment]));
  const chain = [newest];
  let current = newest.header;
  while (current.firstLsn > lowLsn + 1 && current.predecessor.id !== 0) {
    const { id, cutLsn, cutOffset } = current.predecessor;
    const named = `${segmentName(current.segmentId)} continues it after LSN ${cutLsn}`;
    const before = byId.get(id);
    if (before === undefined) throw corrupt(segmentName(id), `missing; ${named}`);
    if (before.state.kind !== "valid") {
      throw corrupt(before.name, `header unreadable; ${named}`);
    }
    // A kill can end a file inside the padding of its last frame, which still reads as zeros.
    if (before.size <= cutOffset - SECTOR_BYTES) {
      throw corrupt(
        before.name,
        `${before.size} bytes where ${cutOffset} were durable`,
        before.size,
      );
    }
    const { header } = before.state;
    if (header.firstLsn > cutLsn) {
      throw corrupt(before.name, `starts at LSN ${header.firstLsn}; ${named}`);
    }
    chain.unshift({ name: before.name, size: before.size, header });
    current = header;
  }
  if (current.predecessor.id === 0 && current.firstLsn > lowLsn + 1) {
    throw corrupt(
      segmentName(current.segmentId),
      `first LSN ${current.firstLsn}, wanted ${lowLsn + 1}`,
    );
  }
  return chain;
}

/** Highest retirement watermark any header knows. */
export function headerLowLsn(valid: readonly ValidSegment[]): number {
  return valid.reduce((low, { header }) => Math.max(low, header.lowLsn), 0);
}

export function corrupt(segment: string, reason: string, offset = 0): WalError {
  return new WalError("WAL_CORRUPT", `segment ${segment}: ${reason}`, {
    details: { segment, offset },
  });
}
