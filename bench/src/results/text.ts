/** The results as tables in Markdown: for the screen and for the README. */
import type { TargetLine } from "../targets.ts";
import type { Line, Results, Spread } from "./summary.ts";

/** A row's table, or one of the machine's limits. */
export function rowTables(results: Results): string {
  const rows = [...new Set(results.lines.map(({ row }) => row))];
  return rows
    .map((row) => {
      const lines = results.lines.filter((line) => line.row === row);
      return `### ${row}\n\n${row === "limits" ? limitsTable(lines) : speedTable(lines)}`;
    })
    .join("\n\n");
}

export function targetsTable(lines: readonly TargetLine[]): string {
  const body = lines.map(({ text, wanted, ratio, met }) => {
    const measured = wanted === "" ? "" : met === true ? "yes" : "**no**";
    const verdict = met === undefined ? "not measured" : measured;
    return [text, wanted, ratio === undefined ? "" : String(ratio), verdict];
  });
  return table(["", "target", "reached", ""], body);
}

export function skippedList({ skipped }: Results): string {
  return skipped
    .map(({ row, contestant, reason }) => `- ${contestant}, ${row}: ${reason}`)
    .join("\n");
}

/** A Markdown table whose first column is text. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...body];
  return lines.map((cells) => `| ${cells.map(printable).join(" | ")} |`).join("\n");
}

/** What a rival says in an error may hold bytes of its file: a page is text, and a cell has no borders in it. */
function printable(cell: string): string {
  return cell
    .replaceAll(/\p{Cc}/gu, (one) => `\\u${one.codePointAt(0)!.toString(16).padStart(4, "0")}`)
    .replaceAll(/(?<!\\)\|/gu, String.raw`\|`);
}

/** A figure as people read it: thousands separated, small ones with their digits. */
export function readable(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value >= 10 ? value.toFixed(1) : value.toPrecision(2);
}

function speedTable(lines: readonly Line[]): string {
  const opening = lines.some(({ figures }) => figures["openMs"] !== undefined);
  const first = opening ? "openMs" : "recordsPerSecond";
  const sorted = lines.toSorted((a, b) => {
    const difference = (b.figures[first]?.median ?? 0) - (a.figures[first]?.median ?? 0);
    return opening ? -difference : difference;
  });
  const columns: [string, (line: Line) => string][] = [
    [opening ? "ms (min-max)" : "records/s (min-max)", ({ figures }) => full(figures[first])],
    ["ns/record", ({ figures }) => full(figures["nsPerRecord"])],
    ["p50 µs", ({ figures }) => median(figures["latencyP50Us"])],
    ["p99 µs", ({ figures }) => median(figures["latencyP99Us"])],
    ["p99.9 µs", ({ figures }) => median(figures["latencyP999Us"])],
    ["loop delay p99 ms", ({ figures }) => median(figures["loopDelayP99Ms"])],
    ["CPU µs/record", ({ figures }) => median(figures["cpuUsPerRecord"])],
    ["MiB above idle", ({ figures }) => median(figures["aboveIdleRssMib"])],
    ["bytes read/record", ({ figures }) => median(figures["bytesReadPerRecord"])],
    ["read back", ({ readBack }) => readBack],
    ["what is promised", ({ guarantee }) => guarantee],
  ];
  const shown = columns.filter(([, cell]) => sorted.some((line) => cell(line) !== ""));
  const body = sorted.map((line) => {
    const name = line.kind === "stria" ? `**${line.contestant}**` : line.contestant;
    return [name].concat(shown.map(([, cell]) => cell(line)));
  });
  return table(["", ...shown.map(([name]) => name)], body);
}

function limitsTable(lines: readonly Line[]): string {
  const figures = Object.entries(lines[0]?.figures ?? {});
  return table(
    ["figure", "median (min-max)"],
    figures.map(([name, value]) => [name, full(value)]),
  );
}

function full(value: Spread | undefined): string {
  if (value === undefined) return "";
  return `${readable(value.median)} (${readable(value.min)}-${readable(value.max)})`;
}

function median(value: Spread | undefined): string {
  return value === undefined ? "" : readable(value.median);
}
