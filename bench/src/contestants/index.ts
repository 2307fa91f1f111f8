/** Everybody who is compared, by name. */
import { browserStandings } from "../browser/rows.ts";
import type { Contestant, Standing } from "../contestant.ts";
import { betterSqliteThreads, lmdbThreads } from "../threads/databases.ts";
import {
  messagePerRecord,
  plainRing,
  striaProducers,
  striaProducersMessages,
  striaProducersWorker,
} from "../threads/stria.ts";
import { appendOnlyLog, appendOnlyLogFast } from "./append-only-log.ts";
import {
  betterSqliteFull,
  betterSqliteFullBatched,
  betterSqliteNormal,
  betterSqliteNormalBatched,
} from "./better-sqlite3.ts";
import { classicLevel, classicLevelBatched } from "./classic-level.ts";
import { eventStorage, eventStorageBuffered } from "./event-storage.ts";
import { hypercore } from "./hypercore.ts";
import { lmdbEachPut, lmdbFlushed, lmdbNoSync } from "./lmdb.ts";
import { nodeSqliteFull, nodeSqliteFullBatched, nodeSqliteNormalBatched } from "./node-sqlite.ts";
import { fileHandle, fileSync, sonicBoom } from "./plain-files.ts";
import { rawOneHopGrowing, rawOneHopZeroed, rawTwoHopsZeroed } from "./raw-log.ts";
import { rocksdb, rocksdbBatched } from "./rocksdb.ts";
import {
  stria,
  striaBuffered,
  striaBufferedSealed,
  striaBufferedWorker,
  striaSealed,
  striaSync,
  striaWorker,
} from "./stria.ts";
import { writeahead } from "./writeahead.ts";

const all: readonly Contestant[] = [
  stria,
  striaSync,
  striaSealed,
  striaBuffered,
  striaBufferedSealed,
  striaWorker,
  striaBufferedWorker,
  rawOneHopZeroed,
  rawTwoHopsZeroed,
  rawOneHopGrowing,
  betterSqliteFull,
  betterSqliteFullBatched,
  betterSqliteNormal,
  betterSqliteNormalBatched,
  nodeSqliteFull,
  nodeSqliteFullBatched,
  nodeSqliteNormalBatched,
  lmdbEachPut,
  lmdbFlushed,
  lmdbNoSync,
  classicLevel,
  classicLevelBatched,
  rocksdb,
  rocksdbBatched,
  hypercore,
  eventStorage,
  eventStorageBuffered,
  appendOnlyLog,
  appendOnlyLogFast,
  writeahead,
  sonicBoom,
  fileHandle,
  fileSync,
  striaProducers,
  striaProducersWorker,
  striaProducersMessages,
  messagePerRecord,
  plainRing,
  betterSqliteThreads,
  lmdbThreads,
];

const byName = new Map(all.map((one) => [one.name, one]));

/** The contestant called `name`; throws if there is none. */
export function contestantNamed(name: string): Contestant {
  const found = byName.get(name);
  if (found === undefined) throw new RangeError(`no contestant is called ${name}`);
  return found;
}

/** How whoever is called `name` stands in the tables, in a process or in a browser; throws if there is nobody. */
export function standingOf(name: string): Standing {
  return browserStandings.find((one) => one.name === name) ?? contestantNamed(name);
}

/** All of them. */
export function contestants(): readonly Contestant[] {
  return all;
}

/** Rivals that are compared elsewhere and cannot be here, and why. */
export const absent: readonly { readonly name: string; readonly reason: string }[] = [
  { name: "process-wal", reason: "the npm registry has no package of that name" },
  { name: "rocksdb-native", reason: "never syncs; the other RocksDB binding does" },
];
