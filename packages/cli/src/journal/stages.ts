/** The run in its five stages, telling what it does and sees. Throws when anything does not hold. */
import { inspectLog } from "@stria/core/inspect";
import { nodeStorage } from "@stria/node-fs";
import { logFigures } from "../commands/stats.ts";
import { UsageError } from "../exit-code.ts";
import { count, counted, duration, lsns, size } from "../output/text.ts";
import { Evidence } from "./evidence.ts";
import { type Input, countLines, filesBelow } from "./input.ts";
import { type Life, runLife } from "./life.ts";
import { Progress } from "./progress.ts";
import { type Survivors, proveComplete, proveSound, proveSurvival } from "./proof.ts";

/** What to run. */
export interface Run {
  readonly input: Input;
  readonly directory: string;
  /** Share of all records after whose acknowledgement the child is killed. */
  readonly killAt: number;
}

/** Callers at once; fewer for small inputs, so that they too are killed in the middle. */
const IN_FLIGHT = 1024;

export async function runStages(run: Run): Promise<void> {
  const { input, directory } = run;
  const paths: string[] = [];
  if (input.kind === "directory") {
    for await (const path of filesBelow(input.path, directory)) paths.push(path);
  }
  const total = input.kind === "directory" ? paths.length : await countLines(input.path);
  if (total === 0) throw new UsageError(`nothing to journal in ${input.path}`);
  const what = input.kind === "directory" ? counted(total, "file") : counted(total, "line");
  const percent = Math.round(run.killAt * 100);
  const killAfter = Math.max(1, Math.round(total * run.killAt));
  const inFlight = Math.max(1, Math.min(IN_FLIGHT, Math.floor(total / 8)));
  say(`Journaling ${input.path}: ${what}, each one record, ${count(inFlight)} in flight.`);

  const evidence = new Evidence();
  say(`\n1. A child process journals; it gets SIGKILL after ${percent} % of the acknowledgements.`);
  const task = { input, directory, inFlight };
  const first = await live(total, 0, (onProgress) =>
    runLife(task, { killAfter, evidence, onProgress }),
  );
  say(`   killed after ${counted(first.acknowledged, "acknowledgement")}`);

  say("\n2. The parent recovers the log and looks for every acknowledged record.");
  const survivors = await proveSurvival(directory, evidence);
  say(`   ${recoveryText(survivors)}`);
  say(
    `   all ${count(survivors.acknowledged)} acknowledged records are there, byte for byte; ` +
      `${count(survivors.unacknowledged)} more were written and not acknowledged yet`,
  );

  say("\n3. A second child resumes where the log ends.");
  const found = survivors.report.records;
  const second = await live(total, found, (onProgress) =>
    runLife(task, { killAfter: undefined, evidence, onProgress }),
  );
  say(`   ${count(second.skipped)} skipped, ${count(second.acknowledged)} journaled, log closed`);

  say("\n4. The whole log is verified and replayed.");
  const verified = await proveSound(directory);
  say(`   verify: sound, ${counted(verified.frames, "frame")}, ${size(verified.bytes)} read`);
  const { unreadable } = second;
  const replay = await proveComplete(directory, input, evidence, { unreadable, paths });
  const once = input.kind === "directory" ? "every file once" : "every line, in order";
  const rate = count(replay.records / replay.seconds);
  say(`   replay: ${counted(replay.records, "record")}, ${once}, ${rate} records/s`);
  const missed = unreadable.length + replay.vanished;
  if (missed > 0) say(`   ${counted(missed, "file")} went away or may not be read: not journaled`);

  await summarize(run, [first, second], survivors);
}

async function live(
  total: number,
  from: number,
  run: (onProgress: (acknowledged: number) => void) => Promise<Life>,
): Promise<Life> {
  const progress = new Progress(total, from);
  try {
    return await run((acknowledged) => progress.update(from + acknowledged));
  } finally {
    progress.stop();
  }
}

function recoveryText({ report, openMs }: Survivors): string {
  const held = report.records === 0 ? "no records" : lsns(1, report.lastLsn);
  const tail =
    report.tail === "torn" ? `a torn tail of ${size(report.tornBytes)} cut off` : "a clean tail";
  const carried =
    report.carried === 0 ? "" : `, ${counted(report.carried, "unvouched record")} written again`;
  return `${held} in ${counted(report.segments, "segment")}, ${tail}${carried}; opened in ${duration(openMs)}`;
}

async function summarize(run: Run, lives: readonly Life[], survivors: Survivors): Promise<void> {
  const storage = nodeStorage(run.directory);
  const figures = await logFigures(storage, await inspectLog(storage));
  const sum = (pick: (life: Life) => number): number =>
    lives.reduce((total, life) => total + pick(life), 0);
  const acknowledged = sum((life) => life.acknowledged);
  const seconds = sum((life) => life.seconds);
  const syncs = sum((life) => life.syncs);
  const content = sum((life) => life.contentBytes);
  const { p50, max } = figures.recordsPerFrame;
  const { report } = survivors;
  const rows: [string, string][] = [
    ["records", `${count(figures.records)}, ${size(figures.bodyBytes)} in the log`],
    ["read", `${size(content)} of ${run.input.kind === "directory" ? "files, hashed" : "lines"}`],
    [
      "rate",
      `${count(acknowledged / seconds)} durable records/s, ${size(content / seconds)}/s read`,
    ],
    [
      "groups",
      `${counted(syncs, "sync")}, ${(acknowledged / Math.max(1, syncs)).toFixed(1)} records each; a frame p50 ${count(p50)}, at most ${count(max)}`,
    ],
    [
      "recovery",
      `${count(report.records)} records, tail ${report.tail}, ${count(report.carried)} carried, ${duration(survivors.openMs)}`,
    ],
    ["lost", "nothing that was acknowledged"],
  ];
  say(`\nSummary\n${rows.map(([name, value]) => `   ${name.padEnd(10)}${value}`).join("\n")}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
