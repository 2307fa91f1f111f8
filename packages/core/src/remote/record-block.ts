/** Records packed into one buffer and back: how readers get them through a port. */
import { getU32, putU32 } from "../format/bytes.ts";
import { RECORD_PREFIX_BYTES, type WalRecord } from "../format/records.ts";
import type { WireBlock } from "./messages.ts";

/** Copies `records` into a buffer of their own, which may be transferred. */
export function packRecords(records: readonly WalRecord[]): WireBlock {
  let size = 0;
  for (const { payload } of records) size += RECORD_PREFIX_BYTES + payload.length;
  const bytes = new Uint8Array(size);
  const runs: number[] = [];
  let at = 0;
  let last: WalRecord | undefined;
  for (const record of records) {
    const { lsn, payload, timestamp } = record;
    if (last === undefined || last.lsn + 1 !== lsn || last.timestamp !== timestamp) {
      runs.push(lsn, 0, timestamp);
    }
    runs[runs.length - 2]! += 1;
    putU32(bytes, at, payload.length);
    bytes.set(payload, at + RECORD_PREFIX_BYTES);
    at += RECORD_PREFIX_BYTES + payload.length;
    last = record;
  }
  return { bytes: bytes.buffer, runs };
}

/** Views of the block's one buffer. */
export function unpackRecords(block: WireBlock): WalRecord[] {
  const bytes = new Uint8Array(block.bytes);
  const { runs } = block;
  const records: WalRecord[] = [];
  let at = 0;
  for (let run = 0; run < runs.length; run += 3) {
    const first = runs[run]!;
    const timestamp = runs[run + 2]!;
    for (let i = 0; i < runs[run + 1]!; i++) {
      const start = at + RECORD_PREFIX_BYTES;
      at = start + getU32(bytes, at);
      records.push({ lsn: first + i, payload: bytes.subarray(start, at), timestamp });
    }
  }
  return records;
}
