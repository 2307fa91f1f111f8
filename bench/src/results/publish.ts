/**
 * Puts a run where people see it: the JSON and charts into `results/`, tables between the markers of this
 * package's README, and the few rows that say most between those of the first page.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { evaluate } from "../targets.ts";
import { chart, overviewChart } from "./charts.ts";
import { overviewTable, pairs } from "./overview.ts";
import type { Results } from "./summary.ts";
import { rowTables, skippedList, targetsTable } from "./text.ts";

const home = new URL("../../", import.meta.url);
const readme = fileURLToPath(new URL("README.md", home));
const firstPage = fileURLToPath(new URL("../README.md", home));
const formatter = fileURLToPath(new URL("../node_modules/oxfmt/bin/oxfmt", home));
const folder = fileURLToPath(new URL("results/", home));

/** Writes JSON and charts, and the README's part `speed`; `browser` for a run of that name. */
export async function publish(results: Results, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(results, null, 2)}\n`);
  const pictures: string[] = [];
  for (const row of new Set(results.lines.map((line) => line.row))) {
    const svg = await chart(results, row);
    if (svg === undefined) continue;
    const file = `${name}-${row.toLowerCase().replaceAll(/[^a-z0-9]+/gu, "-")}.svg`;
    writeFileSync(`${folder}${file}`, svg);
    pictures.push(`![${row}](results/${file})`);
  }
  const parts = [
    `${aboutRun(results)}${busy(results)}`,
    "### Targets",
    targetsTable(evaluate(results)),
    pictures.join("\n\n"),
    rowTables(results),
    results.skipped.length > 0 ? `### Not run\n\n${skippedList(results)}` : "",
  ];
  replacePart(
    name === "browser" ? name : "speed",
    parts.filter((part) => part !== "").join("\n\n"),
  );
  if (name === "quick") await publishOverview(results);
  formatPublished();
}

/** The first page: what the quick run says in a dozen lines. */
async function publishOverview(results: Results): Promise<void> {
  writeFileSync(`${folder}overview.svg`, await overviewChart(results, pairs(results)));
  const parts = [
    overviewTable(results),
    "![Stria against the best rival of each row](bench/results/overview.svg)",
    `${aboutRun(results)}${busy(results)}`,
  ];
  replacePart("speed", parts.join("\n\n"), firstPage);
}

/** As the repository's format check wants the files. */
export function formatPublished(): void {
  const words = [formatter, readme, firstPage, folder];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`the published files could not be formatted: ${stderr}`);
}

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->` in `page`, this package's README. */
export function replacePart(name: string, text: string, page: string = readme): void {
  const old = readFileSync(page, "utf8");
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = old.indexOf(start);
  const to = old.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} has no part ${start}`);
  writeFileSync(page, `${old.slice(0, from + start.length)}\n\n${text}\n\n${old.slice(to)}`);
}

/** Speeds beside other work are not comparable with those of an idle machine. */
function busy({ machine }: Results): string {
  if (machine.loadBefore <= machine.cores / 2) return "";
  return " **The machine was busy with other work: these figures say little.**";
}

/** The sentence without which no figure means anything. */
export function aboutRun({ machine, rounds }: Pick<Results, "machine" | "rounds">): string {
  const { command, date, cpu, cores, memoryGib, system, fileSystem, node, loadBefore } = machine;
  return (
    `\`${command}\`, ${date} UTC, ${cpu}, ${cores} cores, ${memoryGib} GiB, ${system}, ${fileSystem}, ` +
    `Node ${node}, ${rounds} interleaved rounds, load average before the run ${loadBefore.toFixed(1)}.`
  );
}
