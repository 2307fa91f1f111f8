/** The few rows that say most, ours beside the best rival of each, better or worse: for the first page. */
import { contestantNamed } from "../contestants/index.ts";
import type { Line, Results } from "./summary.ts";
import { readable, table } from "./text.ts";

/** A row of the run, and what it is called where nobody knows the rows. */
const chosen: readonly (readonly [row: string, name: string])[] = [
  ["durable 1 x 128 B", "1 writer, each record durable before the next"],
  ["appendSync 1 x 128 B", "the same, blocking"],
  ["durable 64 x 128 B", "64 writers, durable"],
  ["durable 1024 x 128 B", "1,024 writers, durable"],
  ["durable 1024 x 4 KiB, fresh space", "1,024 writers, durable, 4 KiB"],
  ["durable 1024 x 4 KiB, steady state", "the same, old records dropped meanwhile"],
  ["buffered 128 B", "buffered"],
  ["buffered 128 B, reader behind", "buffered, a reader behind"],
  ["replay 1,000,000 x 128 B", "replay of 1,000,000 records"],
  ["replay 100,000 x 4 KiB", "replay of 100,000 records of 4 KiB"],
  ["get 128 B", "one record by its number, at random, warm"],
];

/** Ours and the best rival's line of one row. */
export interface Pair {
  readonly name: string;
  readonly ours: Line;
  readonly rival: Line;
  readonly ratio: number;
}

/** Rows in which both were measured and gave everything back. */
export function pairs({ lines }: Results): Pair[] {
  return chosen.flatMap(([row, name]) => {
    const inRow = lines.filter((line) => line.row === row && !line.readBack.startsWith("no:"));
    const ours = best(inRow.filter((line) => line.kind === "stria"));
    const rival = best(inRow.filter((line) => line.kind === "rival"));
    if (ours === undefined || rival === undefined) return [];
    return [{ name, ours, rival, ratio: rate(ours) / rate(rival) }];
  });
}

/** The first page's table. */
export function overviewTable(results: Results): string {
  const body = pairs(results).map(({ name, ours, rival, ratio }) => {
    const isBlocking = contestantNamed(rival.contestant).blocking && !name.includes("blocking");
    const who = `${rival.contestant}${isBlocking ? " (blocks the event loop)" : ""}`;
    return [name, readable(rate(ours)), readable(rate(rival)), who, ratio.toFixed(2)];
  });
  return table(["records/s", "Stria", "best rival", "which", "ratio"], body);
}

function rate({ figures }: Line): number {
  return figures["recordsPerSecond"]?.median ?? 0;
}

/** Encrypted lines are compared with the plain ones elsewhere. */
function best(lines: readonly Line[]): Line | undefined {
  return lines
    .filter(({ contestant }) => !contestant.endsWith("encrypted"))
    .toSorted((a, b) => rate(b) - rate(a))[0];
}
