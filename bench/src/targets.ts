/**
 * The ratios this project holds itself to, computed from the results alone. A target without figures
 * in this run stays open; nothing is taken from another run.
 */
import { browserTargets } from "./browser/targets.ts";
import { contestantNamed } from "./contestants/index.ts";
import { threadTargets } from "./threads/targets.ts";
import { type Line, type Results, short } from "./results/summary.ts";

export interface Target {
  /** Key in the headline. */
  readonly key: string;
  readonly text: string;
  /** What has to be reached; the ratio must be at least this, or at most with `most`. */
  readonly least?: number;
  readonly most?: number;
  readonly reached: (figures: Figures) => number | undefined;
}

export interface TargetLine {
  readonly key: string;
  readonly text: string;
  readonly wanted: string;
  readonly ratio: number | undefined;
  readonly met: boolean | undefined;
}

/** Access to the results by row; medians. */
export class Figures {
  readonly #lines: readonly Line[];

  constructor(results: Results) {
    this.#lines = results.lines;
  }

  of(row: string, contestant: string, figure = "recordsPerSecond"): number | undefined {
    const line = this.#lines.find((one) => one.row === row && one.contestant === contestant);
    return line?.figures[figure]?.median;
  }

  /** The worst value of a figure that any line of ours has whose row begins like that. */
  worst(rows: string, figure: string): number | undefined {
    const values = this.#lines
      .filter(({ row, kind }) => kind === "stria" && row.startsWith(rows))
      .flatMap(({ figures }) => figures[figure]?.max ?? []);
    return values.length === 0 ? undefined : Math.max(...values);
  }

  /** The best rival of a row that gave everything back; `only` chooses among them. */
  best(row: string, only: (line: Line) => boolean = () => true): number | undefined {
    const rates = this.#lines
      .filter((line) => line.row === row && line.kind === "rival" && only(line))
      .filter(({ readBack }) => !readBack.startsWith("no:"))
      .flatMap(({ figures }) => figures["recordsPerSecond"]?.median ?? []);
    return rates.length === 0 ? undefined : Math.max(...rates);
  }
}

const one = "durable 1 x 128 B";
const sync = "appendSync 1 x 128 B";
const replay = "replay 1,000,000 x 128 B";
const buffered = "buffered 128 B";
/** Its appends do not stop the event loop. */
const free = ({ contestant }: Line): boolean => !contestantNamed(contestant).blocking;
const verifying = ({ contestant }: Line): boolean => /sqlite|level|rocksdb/u.test(contestant);

const targets: readonly Target[] = [
  {
    key: "oneWriterVsClassicLevel",
    text: "1 writer, 128 B, durable, against classic-level sync",
    least: 1.15,
    reached: (f) => ratio(f.of(one, "stria"), f.of(one, "classic-level sync")),
  },
  {
    key: "oneWriterVsLmdb",
    text: "1 writer, 128 B, durable, against lmdb",
    least: 1.15,
    reached: (f) =>
      ratio(
        f.of(one, "stria"),
        f.best(one, (line) => line.contestant.startsWith("lmdb")),
      ),
  },
  {
    key: "oneWriterVsRawLoop",
    text: "1 writer, 128 B, durable, against the raw one-hop loop on zeroed space",
    least: 0.95,
    reached: (f) => ratio(f.of(one, "stria"), f.of(one, "raw O_DSYNC, zeroed")),
  },
  {
    key: "oneWriterVsRawTwoHops",
    text: "1 writer, 128 B, durable, against raw write + fdatasync on zeroed space",
    least: 0.95,
    reached: (f) => ratio(f.of(one, "stria"), f.of(one, "raw write+fdatasync, zeroed")),
  },
  {
    key: "appendSyncVsBetterSqlite3",
    text: "1 writer, 128 B, appendSync, against better-sqlite3 FULL",
    least: 1.1,
    reached: (f) => ratio(f.of(sync, "stria appendSync"), f.of(sync, "better-sqlite3 FULL")),
  },
  {
    key: "writers64VsBest",
    text: "durable 64 x 128 B, against the best rival that leaves the event loop free",
    least: 1.1,
    reached: (f) => ratio(f.of("durable 64 x 128 B", "stria"), f.best("durable 64 x 128 B", free)),
  },
  ...best("writers1024VsBest", "durable 1024 x 128 B", 1.5),
  ...best("writers1024Of4KiBVsBest", "durable 1024 x 4 KiB, fresh space", 1.1),
  ...best("writers1024Of4KiBSteadyVsBest", "durable 1024 x 4 KiB, steady state", 1.5),
  {
    key: "bufferedBehindReaderVsBest",
    text: "buffered 128 B with a reader behind it, against the best rival with one",
    least: 2.2,
    reached: (f) => {
      const row = `${buffered}, reader behind`;
      return ratio(f.of(row, "stria appendAsync"), f.best(row));
    },
  },
  {
    key: "bufferedBehindReaderVsBestWithout",
    text: "the same, against the best rival without a reader",
    least: 2.2,
    reached: (f) =>
      ratio(f.of(`${buffered}, reader behind`, "stria appendAsync"), f.best(buffered)),
  },
  {
    key: "bufferedVsBest",
    text: "buffered 128 B without readers, against the best rival",
    least: 2.2,
    reached: (f) => ratio(f.of(buffered, "stria appendAsync"), f.best(buffered)),
  },
  {
    key: "replayVsBest",
    text: "replay of 1,000,000 x 128 B, against the best rival",
    least: 1.4,
    reached: (f) => ratio(f.of(replay, "stria"), f.best(replay)),
  },
  {
    key: "replayVsBestVerifying",
    text: "replay of 1,000,000 x 128 B, against the best that verifies",
    least: 2.5,
    reached: (f) => ratio(f.of(replay, "stria"), f.best(replay, verifying)),
  },
  {
    key: "openLargeVsSmall",
    text: "open of a closed log, the large one's time against the small one's",
    most: 1.5,
    reached: (f) =>
      ratio(f.of("open 1024 MiB", "stria", "openMs"), f.of("open 32 MiB", "stria", "openMs")) ??
      ratio(f.of("open 128 MiB", "stria", "openMs"), f.of("open 16 MiB", "stria", "openMs")),
  },
  {
    key: "openMs",
    text: "open of the large closed log, ms",
    most: 50,
    reached: (f) =>
      f.of("open 1024 MiB", "stria", "openMs") ?? f.of("open 128 MiB", "stria", "openMs"),
  },
  {
    key: "writersMemoryMib",
    text: "1,024 writers, MiB above the idle process",
    most: 64,
    reached: (f) => f.of("durable 1024 x 128 B", "stria", "aboveIdleRssMib"),
  },
  {
    key: "readingMemoryMib",
    text: "reading, MiB above the idle process",
    most: 16,
    reached: (f) => f.of(replay, "stria", "aboveIdleRssMib"),
  },
  ...threadTargets,
  sealed("sealedOneWriter", "1 writer", one, ""),
  sealed("sealed64Writers", "64 writers", "durable 64 x 128 B", ""),
  sealed("sealed1024Writers", "1,024 writers", "durable 1024 x 128 B", ""),
  sealed("sealedBuffered", "buffered", buffered, " appendAsync"),
  ...browserTargets,
];

/** Each target with what this run reached. */
export function evaluate(results: Results): TargetLine[] {
  const figures = new Figures(results);
  const lines = targets.map(({ key, text, least, most, reached }) => {
    const value = reached(figures);
    const met =
      value === undefined
        ? undefined
        : value >= (least ?? -Infinity) && value <= (most ?? Infinity);
    const wanted =
      least !== undefined ? `at least ${least}` : most !== undefined ? `at most ${most}` : "";
    return { key, text, wanted, ratio: value === undefined ? undefined : short(value), met };
  });
  // A run of the browser alone says nothing of the others, nor they of it.
  const asked = new Set(results.lines.map(({ row }) => row.startsWith("browser")));
  return lines.filter(({ key }) => asked.has(key.startsWith("browser")));
}

function best(key: string, row: string, least: number): Target[] {
  const text = `${row}, against the best rival`;
  return [{ key, text, least, reached: (f) => ratio(f.of(row, "stria"), f.best(row)) }];
}

function sealed(key: string, who: string, row: string, verb: string): Target {
  return {
    key,
    text: `${who}, 128 B, native AES-256-GCM against plain`,
    least: 0.85,
    reached: (f) => ratio(f.of(row, `stria${verb}, encrypted`), f.of(row, `stria${verb}`)),
  };
}

/** Ours against theirs; `undefined` where one was not measured. */
export function ratio(ours: number | undefined, theirs: number | undefined): number | undefined {
  return ours === undefined || theirs === undefined || theirs === 0 ? undefined : ours / theirs;
}
