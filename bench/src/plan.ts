/**
 * Which cases are run: rows of the tables times contestants. `--quick` keeps, in each row, those who
 * lead it or bound it; `--full` takes everybody who can do the row.
 */
import type { Case, WorkName } from "./job.ts";

/** One row of the tables, and who stands in it. */
export interface Row {
  readonly name: string;
  readonly work: WorkName;
  readonly payloadBytes: number;
  readonly inFlight: number;
  readonly records: number;
  readonly trimmed: boolean;
  readonly producers?: number;
  readonly turns?: number;
  readonly warmUpMs?: number;
  readonly quick: readonly string[];
  readonly full: readonly string[];
}

/** Rows of this run with their cases. */
export function plan({ full, only }: { full: boolean; only: string | undefined }): Case[] {
  return rows(full)
    .filter(({ name }) => only === undefined || name.includes(only))
    .flatMap((row) =>
      (full ? [...row.quick, ...row.full] : row.quick).map((who) => toCase(row, who)),
    );
}

/** The case that writes the log which this one reads; `undefined` if it reads none. */
export function preparation(one: Case): Case | undefined {
  if (one.work !== "replay" && one.work !== "open" && one.work !== "get") return undefined;
  const row = `prepared ${one.contestant} ${one.records} x ${one.payloadBytes}`;
  return { ...one, row, work: "prepare", inFlight: 1024 };
}

/**
 * What one writer reaches is the time of one sync, and that wanders more than anything else here. It
 * makes some thousand calls a second, so JavaScript is compiled late: the two by turns in one process,
 * the log went from 0.75 of the raw loop in the first two seconds to 0.95 after four.
 */
const ONE_WRITER = { turns: 2, warmUpMs: 4000 };

const raw = ["raw O_DSYNC, zeroed", "raw O_DSYNC, growing"];
const grouping = [
  "better-sqlite3 FULL +txn",
  "node:sqlite FULL +txn",
  "lmdb overlappingSync:false",
];
const others = [
  "lmdb put+flushed",
  "rocksdb sync +batch",
  "classic-level sync +batch",
  "event-storage syncOnFlush",
  "async-append-only-log 1 ms",
  "async-append-only-log",
  "writeahead",
  "sonic-boom flush",
  "fs write+datasync",
  "classic-level sync",
  "rocksdb sync",
];
const readers = ["async-append-only-log 1 ms", "lmdb noSync", "event-storage"];
const slowReaders = [
  "better-sqlite3 NORMAL +txn",
  "classic-level sync +batch",
  "rocksdb sync +batch",
];

function rows(full: boolean): Row[] {
  const openRecords = full ? [8192, 262_144] : [4096, 32_768];
  return [
    rowOf("limits", "limits", { quick: ["raw O_DSYNC, zeroed"] }),
    rowOf("durable 1 x 128 B", "durable", {
      ...ONE_WRITER,
      quick: ["stria", "stria, encrypted", ...raw, "raw write+fdatasync, zeroed"].concat(
        "classic-level sync",
        "rocksdb sync",
        "lmdb overlappingSync:false",
      ),
      full: ["lmdb put+flushed", "event-storage syncOnFlush", "async-append-only-log 1 ms"].concat(
        "async-append-only-log",
        "writeahead",
        "sonic-boom flush",
        "fs write+datasync",
        "hypercore",
      ),
    }),
    rowOf("appendSync 1 x 128 B", "sync", {
      ...ONE_WRITER,
      quick: ["stria appendSync", "raw O_DSYNC, zeroed", "better-sqlite3 FULL", "node:sqlite FULL"],
      full: ["raw write+fdatasync, zeroed", "fs writeSync+fdatasyncSync"],
    }),
    rowOf("durable 64 x 128 B", "durable", {
      inFlight: 64,
      quick: ["stria", "stria, encrypted", "raw O_DSYNC, zeroed", ...grouping].concat(
        "rocksdb sync +batch",
        "event-storage syncOnFlush",
      ),
      full: others.filter((name) => !/event-storage|rocksdb sync \+/u.test(name)),
    }),
    rowOf("durable 1024 x 128 B", "durable", {
      inFlight: 1024,
      quick: ["stria", "stria, encrypted", "raw O_DSYNC, zeroed", ...grouping],
      full: [...others, "raw O_DSYNC, growing"],
    }),
    rowOf("durable 1024 x 4 KiB, fresh space", "durable", {
      inFlight: 1024,
      payloadBytes: 4096,
      quick: ["stria", "raw O_DSYNC, growing", ...grouping],
      full: others,
    }),
    rowOf("durable 1024 x 4 KiB, steady state", "durable", {
      inFlight: 1024,
      payloadBytes: 4096,
      trimmed: true,
      quick: ["stria", ...grouping],
      full: ["lmdb put+flushed", "rocksdb sync +batch", "classic-level sync +batch"],
    }),
    ...(full ? fullDurableRows() : []),
    rowOf("buffered 128 B", "buffered", {
      quick: ["stria appendAsync", "stria appendAsync, encrypted", "raw O_DSYNC, growing"].concat(
        "lmdb noSync",
        "event-storage",
        "better-sqlite3 NORMAL +txn",
        "fs writeSync+fdatasyncSync",
      ),
      full: ["node:sqlite NORMAL +txn", "sonic-boom flush", "hypercore"].concat(
        "async-append-only-log 1 ms",
      ),
    }),
    rowOf("buffered 128 B, reader behind", "behind-reader", {
      trimmed: true,
      quick: ["stria appendAsync", "lmdb noSync", "better-sqlite3 NORMAL +txn"],
    }),
    rowOf("replay 1,000,000 x 128 B", "replay", {
      records: 1_000_000,
      quick: ["stria", ...readers, "better-sqlite3 NORMAL +txn"],
      full: [...slowReaders.slice(1), "node:sqlite NORMAL +txn"],
    }),
    rowOf("replay 100,000 x 4 KiB", "replay", {
      records: 100_000,
      payloadBytes: 4096,
      quick: ["stria", "lmdb noSync"],
      full: [...readers.filter((name) => name !== "lmdb noSync"), ...slowReaders],
    }),
    ...openRecords.map((records) =>
      rowOf(`open ${(records * 4) / 1024} MiB`, "open", {
        records,
        payloadBytes: 4096,
        quick: ["stria"],
        full: ["lmdb noSync", "better-sqlite3 NORMAL +txn"],
      }),
    ),
    rowOf("get 128 B", "get", {
      records: 1_000_000,
      quick: ["stria", "lmdb noSync", "better-sqlite3 NORMAL +txn"],
      full: ["classic-level sync +batch", "rocksdb sync +batch"],
    }),
    rowOf("follow 128 B", "follow", { quick: ["stria"] }),
    ...threadRows(full),
  ];
}

/** Sizes and numbers of writers that only `--full` goes through. */
function fullDurableRows(): Row[] {
  const names = ["stria", "raw O_DSYNC, growing", ...grouping, "rocksdb sync +batch"];
  const sizes: [number, string][] = [
    [4096, "4 KiB"],
    [65_536, "64 KiB"],
  ];
  const made = sizes.flatMap(([payloadBytes, size]) =>
    [1, 64, 1024]
      .filter((inFlight) => !(inFlight === 1024 && payloadBytes === 4096))
      .map((inFlight) =>
        rowOf(`durable ${inFlight} x ${size}`, "durable", { inFlight, payloadBytes, quick: names }),
      ),
  );
  return made;
}

/** Several threads, one log; and one thread that shares its time with the flusher, or does not. */
function threadRows(full: boolean): Row[] {
  const application = { quick: ["stria", "stria, flusher in a worker"], inFlight: 1024 };
  const asynchronous = ["stria appendAsync", "stria appendAsync, flusher in a worker"];
  return [
    rowOf("threads: cost of an append of 128 B", "thread-cost", {
      quick: ["stria producers", "plain ring write"],
    }),
    ...(full ? [1, 2, 4, 8] : [1, 4]).map((producers) =>
      rowOf(`threads: ${producers} x 1024 x 128 B`, "threads", {
        producers,
        inFlight: 1024,
        quick: ["stria producers", "a message a record"].concat(
          "better-sqlite3 FULL +txn, a connection a worker",
          "lmdb overlappingSync:false, a handle a worker",
        ),
        full: ["stria producers, flusher in a worker", "stria producers, messages"],
      }),
    ),
    rowOf("threads: the application's own, 1024 x 128 B", "durable", application),
    rowOf("threads: the application's own, buffered", "buffered", { quick: asynchronous }),
  ];
}

function rowOf(name: string, work: WorkName, more: Partial<Row>): Row {
  const plain = { payloadBytes: 128, inFlight: 1, records: 0, trimmed: false };
  return { name, work, ...plain, quick: [], full: [], ...more };
}

function toCase({ name, quick: _quick, full: _full, ...rest }: Row, contestant: string): Case {
  return { row: name, contestant, ...rest } satisfies Case & { name?: never };
}
