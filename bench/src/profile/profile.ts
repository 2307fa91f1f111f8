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
    const fresh = (folderName: string): string => {
      const directory = before === undefined ? join(root, folderName) : log;
      mkdirSync(directory, { recursive: true });
      return directory;
    };
    const folder = join(root, "profiles");
    const cpu = await run(path, fresh("cpu"), [`--cpu-prof`, `--cpu-prof-dir=${folder}`]);
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error("Node wrote no profile");
    print(`${name}: CPU, own time`, cpu, cpuCosts(readFileSync(join(folder, file), "utf8")));
    const allocations = join(root, "allocations.json");
    const heap = await run(path, fresh("heap"), [], allocations);
    print(`${name}: allocated bytes, sampled`, heap, heapCosts(readFileSync(allocations, "utf8")));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function print(title: string, speed: string, costs: readonly Cost[]): void {
  console.log(`\n${title}\n${speed}`);
  for (const { share, name, place } of costs.slice(0, TOP)) {
    console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${name.padEnd(32)} ${place}`);
  }
}

async function run(
  one: Case,
  directory: string,
  nodeFlags: string[],
  allocations?: string,
): Promise<string> {
  const times = { warmUpMs: 300, measureMs: MEASURE_MS, profiled: true };
  const argument = {
    ...one,
    directory,
    ...times,
    ...(allocations !== undefined && { allocations }),
  };
  const outcome = await runScript({ script: "child", argument, nodeFlags, timeoutMs: 120_000 });
  if (outcome.kind === "died") throw new Error(outcome.reason);
  const answer = outcome.answer as Answer;
  if (answer.kind === "failed") throw new Error(answer.reason);
  const { recordsPerSecond = 0, cpuUsPerRecord = 0 } = answer.measurement.figures;
  return `${Math.round(recordsPerSecond)} records/s, ${cpuUsPerRecord.toFixed(2)} us CPU a record, under the profiler`;
}
