/** `--profile NAME`: where one hot path of ours spends its time and what it allocates. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Answer, Case } from "../job.ts";
import { benchDirectory } from "../measure.ts";
import { preparation } from "../plan.ts";
import { runScript } from "../process.ts";
import { cpuCosts, heapCosts, type Cost } from "./costs.ts";

const MEASURE_MS = 3000;
const TOP = 20;
const plain = { payloadBytes: 128, inFlight: 1, records: 0, trimmed: false };

/** The hot paths by name. */
const paths: Readonly<Record<string, Case>> = {
  durable1: { ...plain, row: "durable1", work: "durable", contestant: "stria" },
  durable64: { ...plain, row: "durable64", work: "durable", contestant: "stria", inFlight: 64 },
  durable1024: {
    ...plain,
    row: "durable1024",
    work: "durable",
    contestant: "stria",
    inFlight: 1024,
  },
  large1024: {
    ...plain,
    row: "large1024",
    work: "durable",
    contestant: "stria",
    inFlight: 1024,
    payloadBytes: 4096,
  },
  sync: { ...plain, row: "sync", work: "sync", contestant: "stria appendSync" },
  buffered: { ...plain, row: "buffered", work: "buffered", contestant: "stria appendAsync" },
  "behind-reader": {
    ...plain,
    row: "behind-reader",
    work: "behind-reader",
    contestant: "stria appendAsync",
    trimmed: true,
  },
  replay: { ...plain, row: "replay", work: "replay", contestant: "stria", records: 1_000_000 },
  get: { ...plain, row: "get", work: "get", contestant: "stria", records: 1_000_000 },
  sealed1024: {
    ...plain,
    row: "sealed1024",
    work: "durable",
    contestant: "stria, encrypted",
    inFlight: 1024,
  },
};

export async function profile(name: string): Promise<void> {
  const path = paths[name];
  if (path === undefined) {
    console.error(`no hot path is called ${name}; there are ${Object.keys(paths).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  mkdirSync(benchDirectory(), { recursive: true });
  const root = mkdtempSync(join(benchDirectory(), "profile-"));
  try {
    const before = preparation(path);
    const log = join(root, "log");
    mkdirSync(log);
    if (before !== undefined) await run(before, log, []);
    await report("CPU, own time", path, root, log, "cpu");
    await report("Allocation, own bytes (sampled)", path, root, log, "heap");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function report(
  title: string,
  path: Case,
  root: string,
  log: string,
  kind: "cpu" | "heap",
): Promise<void> {
  const folder = join(root, kind);
  mkdirSync(folder);
  let directory = log;
  if (preparation(path) === undefined) {
    directory = join(root, `log-${kind}`);
    mkdirSync(directory);
  }
  const flags = [`--${kind}-prof`, `--${kind}-prof-dir=${folder}`];
  const answer = await run(path, directory, flags);
  console.log(`\n${path.row}: ${title}\n${answer}`);
  const [file] = readdirSync(folder);
  if (file === undefined) throw new Error("Node wrote no profile");
  const text = readFileSync(join(folder, file), "utf8");
  const costs = kind === "cpu" ? cpuCosts(text) : heapCosts(text);
  for (const { share, name, place } of costs.slice(0, TOP)) print(share, name, place);
}

function print(share: number, name: Cost["name"], place: Cost["place"]): void {
  console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${name.padEnd(32)} ${place}`);
}

async function run(one: Case, directory: string, nodeFlags: string[]): Promise<string> {
  const argument = { ...one, directory, warmUpMs: 300, measureMs: MEASURE_MS };
  const outcome = await runScript({ script: "child", argument, nodeFlags, timeoutMs: 120_000 });
  if (outcome.kind === "died") throw new Error(outcome.reason);
  const answer = outcome.answer as Answer;
  if (answer.kind === "failed") throw new Error(answer.reason);
  const { recordsPerSecond = 0, cpuUsPerRecord = 0 } = answer.measurement.figures;
  return `${Math.round(recordsPerSecond)} records/s, ${cpuUsPerRecord.toFixed(2)} us CPU a record, under the profiler`;
}
