/** Numbers, sizes, times and tables as people read them. Colour only where a terminal shows it. */
import { styleText } from "node:util";

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,234,567`. */
export function count(value: number): string {
  return grouped.format(value);
}

/** `1 record`, `2 records`. */
export function counted(value: number, one: string, many: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const units = ["B", "kB", "MB", "GB", "TB"];

/** `512 B`, `38.1 MB`: decimal, as disks are sold. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** `0.12 ms`, `4.2 ms`, `1.3 s`. */
export function duration(ms: number): string {
  if (ms >= 999.5) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms.toFixed(ms < 1 ? 2 : 1)} ms`;
}

/** `2025-01-31 12:00:00` in UTC; `-` for a time that was never set. */
export function time(ms: number): string {
  if (ms <= 0) return "-";
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** `1-10`, `7`, `-` for none. */
export function range(from: number | undefined, to: number | undefined): string {
  if (from === undefined) return "-";
  if (to === undefined) return `${from}-?`;
  if (to < from) return "-";
  return from === to ? String(from) : `${from}-${to}`;
}

/** A column and which way its cells lean. */
export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

/** Lines with aligned columns. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ right }, i) => {
        const width = widths[i] ?? 0;
        const cell = cells[i] ?? "";
        return right === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  const head = line(columns.map(({ title }) => title));
  return [style("dim", head), ...rows.map(line)].map((text) => `${text}\n`).join("");
}

/** Coloured where standard output is a terminal that wants it. */
export function style(format: "dim" | "red" | "green" | "yellow" | "bold", text: string): string {
  const { env, stdout } = process;
  const wanted = stdout.isTTY && env["NO_COLOR"] === undefined && env["TERM"] !== "dumb";
  return wanted ? styleText(format, text) : text;
}

/** `LSN 7`, `LSN 1-10`. */
export function lsns(from: number, to: number): string {
  return `LSN ${range(from, to)}`;
}
