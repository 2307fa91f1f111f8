/** What `--browser` runs: rows and contestants in one Chromium, and what each of them promises. */
import type { Standing } from "../contestant.ts";
import type { Case } from "../job.ts";

const GROUPED = "callers gathered by the harness; no checksum";

/** Everybody who stands in a browser's row. */
export const browserStandings: readonly Standing[] = [
  {
    name: "stria page",
    kind: "stria",
    guarantee: "openWal, messages; one write and one flush a group; checksum a frame",
  },
  {
    name: "stria page, isolated",
    kind: "stria",
    guarantee: "the same on a cross-origin isolated page; shared memory",
  },
  {
    name: "raw page loop",
    kind: "raw",
    guarantee: "a message, one write, one flush, an answer a group; no checksum",
  },
  {
    name: "raw page loop, zeroed",
    kind: "raw",
    guarantee: "the same, overwriting space that was written before the clock started",
  },
  ...[1, 100, 1000, 10_000].map((size): Standing => {
    const text = size.toLocaleString("en-US");
    return {
      name: `IndexedDB strict, ${text} a transaction`,
      kind: "rival",
      guarantee: `strict durability; ${text} callers gathered into a transaction; no checksum`,
    };
  }),
  {
    name: "sqlite-wasm page",
    kind: "rival",
    guarantee: `opfs-sahpool in a worker, WAL, synchronous FULL; up to 1,000 ${GROUPED}`,
  },
  {
    name: "stria worker, appendBatch",
    kind: "stria",
    guarantee: "Wal.open in the worker; one write and one flush a group; checksum a frame",
  },
  {
    name: "stria worker, append",
    kind: "stria",
    guarantee: "the same, a call for each record",
  },
  { name: "raw worker", kind: "raw", guarantee: "one write, one flush a group; no checksum" },
  {
    name: "sqlite-wasm worker",
    kind: "rival",
    guarantee: "opfs-sahpool, WAL, synchronous FULL; a transaction a group; no checksum",
  },
  {
    name: "stria page, killed",
    kind: "stria",
    guarantee: "openWal on a log whose worker was terminated",
  },
  { name: "raw read + CRC-32", kind: "raw", guarantee: "reads of 1 MiB, each with its checksum" },
];

/** Bytes of the log that is opened, and of its records. */
const LARGE_BYTES = 100_000_000;
const SMALL_RECORD_BYTES = 128;

const one = "IndexedDB strict, 1 a transaction";
const hundred = "IndexedDB strict, 100 a transaction";
const pages = ["stria page", "stria page, isolated", "raw page loop"];

/** All of it, for `only` of the rows where that is given. */
export function browserCases(only: string | undefined): Case[] {
  return [
    ...row("browser page 1000 x 128 B", "page", 1000, [
      ...pages,
      "raw page loop, zeroed",
      "sqlite-wasm page",
      hundred,
      "IndexedDB strict, 1,000 a transaction",
      "IndexedDB strict, 10,000 a transaction",
    ]),
    ...row("browser page 100 x 128 B", "page", 100, [...pages, "sqlite-wasm page", hundred]),
    ...row("browser page 1 x 128 B", "page", 1, [
      ...pages,
      "raw page loop, zeroed",
      "sqlite-wasm page",
      one,
    ]),
    ...row("browser worker, groups of 1000 x 128 B", "page-worker", 1000, [
      "stria worker, appendBatch",
      "stria worker, append",
      "raw worker",
      "sqlite-wasm worker",
    ]),
    ...row("browser open 100 MB", "page-open", 1, ["stria page, killed", "raw read + CRC-32"]),
  ].filter(({ row: name }) => only === undefined || name.includes(only));
}

function row(
  name: string,
  work: Case["work"],
  inFlight: number,
  contestants: readonly string[],
): Case[] {
  const records = work === "page-open" ? Math.ceil(LARGE_BYTES / SMALL_RECORD_BYTES) : 0;
  return contestants.map((contestant) => ({
    row: name,
    work,
    contestant,
    payloadBytes: SMALL_RECORD_BYTES,
    inFlight,
    records,
    trimmed: false,
    // A group takes a millisecond, and the disk's moods last longer: see the plan of the other rows.
    ...(work === "page" && inFlight <= 100 && { turns: 3 }),
  }));
}
