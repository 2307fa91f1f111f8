/** Takes docs/format.md apart: its named code blocks and its tables, as data. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A table row by column. */
export type Row = Readonly<Record<string, string>>;

export const formatDocument: string = readFileSync(
  fileURLToPath(new URL("../../../../docs/format.md", import.meta.url)),
  "utf8",
);

/** The code block of that language and name. */
export function codeBlock(language: string, name: string): string {
  const fence = "```";
  const start = formatDocument.indexOf(`${fence}${language} ${name}\n`);
  if (start < 0) throw new Error(`docs/format.md has no block ${language} ${name}`);
  const from = formatDocument.indexOf("\n", start) + 1;
  return formatDocument.slice(from, formatDocument.indexOf(fence, from));
}

/**
 * The bytes of a dump: each line an offset and up to 16 bytes; what no line shows is zero; the last
 * line is the length.
 */
export function hexBlock(name: string): Uint8Array {
  const lines = codeBlock("hex", name).trim().split("\n");
  const bytes = new Uint8Array(Number.parseInt(lines.at(-1)!, 16));
  for (const line of lines.slice(0, -1)) {
    const [offset, ...pairs] = line.trim().split(/\s+/u);
    bytes.set(
      pairs.map((pair) => Number.parseInt(pair, 16)),
      Number.parseInt(offset!, 16),
    );
  }
  return bytes;
}

/** The first table below `heading`, code marks removed. */
export function tableBelow(heading: string): Row[] {
  const at = formatDocument.indexOf(heading);
  if (at < 0) throw new Error(`docs/format.md has no ${heading}`);
  const lines = formatDocument.slice(at).split("\n");
  const start = lines.findIndex((line) => line.startsWith("|"));
  const length = lines.slice(start).findIndex((line) => !line.startsWith("|"));
  const [head, , ...rows] = lines.slice(start, start + length).map(cells);
  return rows.map((row) => Object.fromEntries(row.map((cell, i) => [head![i]!, cell])));
}

function cells(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf("|"))
    .split("|")
    .map((cell) => cell.trim().replaceAll("`", ""));
}
