/** What a reader finds in a log, as JSON: kept beside each golden log and compared on every run. */
import { crc32 } from "../../src/checksum.ts";
import { isWalError } from "../../src/errors.ts";
import { toHex } from "../../src/format/bytes.ts";
import type { WalRecord } from "../../src/format/records.ts";
import type { RecoveryMode } from "../../src/recovery/report.ts";
import { Wal } from "../../src/wal.ts";
import { type LogFiles, ScriptClock, repeatableRandom, storageOf } from "./deterministic.ts";

/** A value as JSON knows it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Opens a copy of `files` in each mode and reads it to the end. */
export async function describeLog(files: LogFiles): Promise<{ [mode: string]: Json }> {
  return {
    strict: await describeOpen(files, "strict"),
    "point-in-time": await describeOpen(files, "point-in-time"),
    salvage: await describeOpen(files, "salvage"),
  };
}

async function describeOpen(files: LogFiles, recovery: RecoveryMode): Promise<Json> {
  const storage = await storageOf(files);
  const clock = new ScriptClock();
  let wal: Wal;
  try {
    wal = await Wal.open({
      storage,
      recovery,
      clock,
      random: repeatableRandom(99),
      segmentBytes: 16_384,
    });
  } catch (error) {
    return { refused: describeError(error) };
  }
  try {
    const state = {
      firstLsn: wal.firstLsn,
      nextLsn: wal.nextLsn,
      chain: wal.head().chain,
      records: await describeRecords(wal),
    };
    if (recovery !== "strict") return state;
    return { report: describeReport(wal), checkpointLsn: wal.checkpointLsn, ...state };
  } finally {
    await wal.close();
  }
}

function describeReport({ recovery }: Wal): Json {
  const { lastLsn, tail, tornBytes, carried, segments, notes } = recovery;
  // Messages are for people and may change.
  const places = notes.map(({ message: _message, ...place }) => place);
  return { lastLsn, tail, tornBytes, carried, segments, notes: places };
}

/** Every record, and in its place every error a reader gets on the way. */
async function describeRecords(wal: Wal): Promise<Json[]> {
  const found: Json[] = [];
  let from = wal.firstLsn;
  while (from < wal.nextLsn) {
    try {
      for await (const record of wal.read({ from })) {
        found.push(describeRecord(record));
        from = record.lsn + 1;
      }
      return found;
    } catch (error) {
      found.push(describeError(error));
      const resumeLsn = isWalError(error, "WAL_GAP") ? error.details.resumeLsn : undefined;
      if (resumeLsn === undefined || resumeLsn <= from) return found;
      from = resumeLsn;
    }
  }
  return found;
}

function describeRecord({ lsn, timestamp, payload }: WalRecord): Json {
  const bytes =
    payload.length <= 32
      ? { hex: toHex(payload) }
      : { length: payload.length, crc32: crc32(payload, 0) };
  return { lsn, timestamp, ...bytes };
}

function describeError(error: unknown): Json {
  if (!isWalError(error)) throw error;
  return { code: error.code, ...error.details };
}
