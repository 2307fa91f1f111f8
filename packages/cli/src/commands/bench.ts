/** `stria bench`: a quick look at a disk: what a sync costs, and what group commit makes of it. */
import { mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import type { Command } from "commander";
import { UsageError, wrongPlaces } from "../exit-code.ts";
import { existingDirectory } from "../log-directory.ts";
import { output, outputDocument } from "../output/output.ts";
import { type Column, count, duration, size, table } from "../output/text.ts";
import { Spread } from "./spread.ts";

interface BenchOptions {
  readonly seconds: string;
  readonly json?: boolean;
}

/** Latencies in milliseconds. */
interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly samples: number;
}

interface Throughput extends Latency {
  readonly inFlight: number;
  readonly recordsPerSecond: number;
  readonly recordsPerSync: number;
}

const RECORD_BYTES = 128;

export function addBench(program: Command): void {
  program
    .command("bench")
    .description("measure a disk: sync latency, and group commit with 1, 64 and 1024 in flight")
    .argument("[dir]", "a directory on the disk to measure", ".")
    .option("--seconds <n>", "time for each of the four measurements", "1")
    .option("--json", "one JSON document")
    .action(bench);
}

async function bench(directory: string, options: BenchOptions): Promise<void> {
  const ms = Number(options.seconds) * 1000;
  if (!(ms > 0 && ms <= 60_000)) throw new UsageError("--seconds must be above 0 and at most 60");
  await existingDirectory(directory);
  const place = await makePlace(directory);
  try {
    const sync = await syncLatency(join(place, "sync"), ms);
    const commits: Throughput[] = [];
    for (const inFlight of [1, 64, 1024]) {
      commits.push(await groupCommit(join(place, `log-${inFlight}`), inFlight, ms));
    }
    if (options.json === true) await outputDocument({ recordBytes: RECORD_BYTES, sync, commits });
    else await output(benchText(directory, sync, commits));
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function makePlace(directory: string): Promise<string> {
  try {
    return await mkdtemp(join(directory, "stria-bench-"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || !wrongPlaces.has(code)) throw error;
    throw new UsageError(`cannot write there: ${message}`);
  }
}

/** Appends to a plain file, each record followed by fdatasync: what the disk does without a log. */
async function syncLatency(path: string, ms: number): Promise<Latency> {
  const file = await open(path, "wx");
  const latencies = new Spread();
  const record = new Uint8Array(RECORD_BYTES);
  try {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      const start = performance.now();
      await file.write(record);
      await file.datasync();
      latencies.add(microseconds(start));
    }
  } finally {
    await file.close();
  }
  return latency(latencies);
}

/** Callers who append, wait until it is durable, and append again. */
async function groupCommit(path: string, inFlight: number, ms: number): Promise<Throughput> {
  const wal = await Wal.open({ storage: nodeStorage(path), durability: { mode: "synchronous" } });
  const latencies = new Spread();
  const record = new Uint8Array(RECORD_BYTES);
  const started = performance.now();
  const caller = async (): Promise<void> => {
    while (performance.now() - started < ms) {
      const start = performance.now();
      await wal.append(record);
      latencies.add(microseconds(start));
    }
  };
  try {
    await Promise.all(Array.from({ length: inFlight }, caller));
    const seconds = (performance.now() - started) / 1000;
    const { durable, syncs } = wal.stats();
    return {
      inFlight,
      recordsPerSecond: Math.round(durable / seconds),
      recordsPerSync: Math.round((durable / Math.max(1, syncs)) * 10) / 10,
      ...latency(latencies),
    };
  } finally {
    await wal.close();
  }
}

function microseconds(since: number): number {
  return Math.round((performance.now() - since) * 1000);
}

function latency(spread: Spread): Latency {
  const [p50Ms, p99Ms] = [spread.at(0.5) / 1000, spread.at(0.99) / 1000];
  return { p50Ms, p99Ms, samples: spread.total };
}

const columns: readonly Column[] = [
  { title: "in flight", right: true },
  { title: "records/s", right: true },
  { title: "per sync", right: true },
  { title: "p50", right: true },
  { title: "p99", right: true },
];

function benchText(directory: string, sync: Latency, commits: readonly Throughput[]): string {
  const rows = commits.map((commit) => [
    count(commit.inFlight),
    count(commit.recordsPerSecond),
    count(commit.recordsPerSync),
    duration(commit.p50Ms),
    duration(commit.p99Ms),
  ]);
  return (
    `${directory}, records of ${size(RECORD_BYTES)}\n` +
    `write + fdatasync: p50 ${duration(sync.p50Ms)}, p99 ${duration(sync.p99Ms)}\n\n` +
    table(columns, rows)
  );
}
