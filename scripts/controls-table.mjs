/** The table of `pnpm run controls` in docs/durability.md, between two markers. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const path = join(root, "docs", "durability.md");
const begin = "<!-- controls: written by pnpm run controls -->";
const end = "<!-- end of controls -->";

/** @typedef {{ readonly name: string, readonly breaks: string, readonly test: string }} Row */

/** The rows as they stand in the document. @returns {Row[]} */
export function readControlsTable() {
  const [, table = ""] = readFileSync(path, "utf8").split(begin);
  return (table.split(end)[0] ?? "")
    .split("\n")
    .filter((line) => /^\| .* \| I\d+/.test(line))
    .map((line) => {
      const [, name = "", breaks = "", test = ""] = line.split("|").map((cell) => cell.trim());
      return { name, breaks, test: test.replaceAll("`", "") };
    });
}

/** @param {readonly Row[]} rows */
export function writeControlsTable(rows) {
  const text = readFileSync(path, "utf8");
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${path} has no place for the table, wanted ${begin} … ${end}`);
  }
  const cells = [
    ["broken on purpose", "breaks", "seen by"],
    ...rows.map(({ name, breaks, test }) => [name, breaks, `\`${test}\``]),
  ];
  const widths = [0, 1, 2].map((i) => Math.max(...cells.map((row) => (row[i] ?? "").length)));
  const line = (/** @type {string[]} */ row) =>
    `| ${row.map((cell, i) => cell + " ".repeat((widths[i] ?? 0) - cell.length)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  const table = [line(head), rule, ...body.map(line)].join("\n");
  writeFileSync(path, `${before}${begin}\n\n${table}\n\n${end}${after}`);
}
