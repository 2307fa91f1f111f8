/** `--quick` and `--full`: runs the plan, prints tables and targets, ends with the ratios as JSON. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandLine } from "./command-line.ts";
import { browserCases } from "./browser/rows.ts";
import { runInBrowser } from "./browser/browser-runner.ts";
import { absent, contestants } from "./contestants/index.ts";
import { describeMachine } from "./machine.ts";
import { plan } from "./plan.ts";
import { publish } from "./results/publish.ts";
import { type Results, summarize } from "./results/summary.ts";
import { rowTables, skippedList, targetsTable } from "./results/text.ts";
import { Runner } from "./runner.ts";
import { evaluate } from "./targets.ts";

const SQLITE = "@sqlite.org/sqlite-wasm";

/** Where logs are written: the disk this package lies on, unless STRIA_BENCH_DIRECTORY names another. */
export function benchDirectory(): string {
  const wanted = process.env["STRIA_BENCH_DIRECTORY"];
  return resolve(wanted ?? fileURLToPath(new URL("../.data", import.meta.url)));
}

export async function measure(line: CommandLine): Promise<void> {
  const directory = benchDirectory();
  const ofProcesses = line.browser && !line.full ? [] : plan(line);
  const ofBrowser = line.browser || line.full ? browserCases(line.only) : [];
  const cases = [...ofProcesses, ...ofBrowser];
  const rounds = line.rounds ?? (line.full ? 5 : 3);
  const times = line.full ? { warmUpMs: 500, measureMs: 1200 } : { warmUpMs: 500, measureMs: 600 };
  const machine = describeMachine(commandOf(line), dirname(directory));
  const options = { rounds, ...times, directory, say: (text: string) => console.log(text) };
  const runner = new Runner(options);
  if (ofProcesses.length > 0) await runner.run(ofProcesses);
  const browser = ofBrowser.length > 0 ? await runInBrowser(ofBrowser, options) : undefined;
  const results: Results = {
    machine,
    rounds,
    versions: {
      ...versions(),
      ...(browser?.version !== undefined && {
        chromium: browser.version,
        [SQLITE]: installedVersion(SQLITE),
      }),
    },
    lines: summarize([...runner.samples, ...(browser?.samples ?? [])], cases),
    skipped: [
      ...runner.skipped,
      ...(browser?.skipped ?? []),
      ...absent.map(({ name, reason }) => ({ row: "all", contestant: name, reason })),
    ],
  };
  const targets = evaluate(results);
  console.log(`\n${rowTables(results)}\n\n${targetsTable(targets)}\n\n${skippedList(results)}\n`);
  if (line.json !== undefined) writeFileSync(line.json, `${JSON.stringify(results, null, 2)}\n`);
  if (line.publish) await publish(results, line.full ? "full" : line.browser ? "browser" : "quick");
  const ratios = targets.flatMap(({ key, ratio }) => (ratio === undefined ? [] : [[key, ratio]]));
  console.log(JSON.stringify(Object.fromEntries(ratios)));
}

/** What is really installed, read from where this package keeps it. */
function versions(): Record<string, string> {
  const names = new Set(contestants().flatMap((one) => one.package ?? []));
  return Object.fromEntries([...names].map((name) => [name, installedVersion(name)]));
}

function installedVersion(name: string): string {
  const path = fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url));
  if (!existsSync(path)) return "not installed";
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

function commandOf({ full, browser, only, rounds }: CommandLine): string {
  const words = ["pnpm run bench", full ? "--full" : browser ? "--browser" : "--quick"];
  if (only !== undefined) words.push(`--only "${only}"`);
  if (rounds !== undefined) words.push(`--rounds ${rounds}`);
  return words.join(" ");
}
