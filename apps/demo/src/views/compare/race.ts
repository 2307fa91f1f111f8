/** The same appends for every contender, for the same time, one contender after the other. */
import { signal } from "@preact/signals";
import { toFailure } from "../../worker/client.ts";
import { builtIn, onRequest } from "./contender.ts";
import type { Contender, Contestant } from "./contender.ts";

/** How appends are made. */
export interface Workload {
  readonly value: string;
  readonly text: string;
  readonly callers: number;
  /** Records in one call. */
  readonly batch: number;
}

export const workloads: readonly Workload[] = [
  { value: "one", text: "one at a time", callers: 1, batch: 1 },
  { value: "many", text: "64 callers at once", callers: 64, batch: 1 },
  { value: "batch", text: "batches of 100", callers: 1, batch: 100 },
];

/** What one contender has done. */
export interface Result {
  readonly contender: Contender;
  readonly perSecond: number;
  /** Milliseconds from call to durable, half of the calls and all but one in a hundred. */
  readonly p50: number;
  readonly p99: number;
  readonly failure?: string;
}

const recordBytes = 256;
const warmUpMs = 200;
const measureMs = 1000;

export const workload = signal<Workload>(workloads[1]!);
export const withSqlite = signal(false);
export const running = signal<string | undefined>(undefined);
export const results = signal<readonly Result[]>([]);
/** What the shown results were measured with. */
export const measured = signal<Workload | undefined>(undefined);

/** Lets all run, one after the other. */
export async function race(): Promise<void> {
  if (running.value !== undefined) return;
  results.value = [];
  measured.value = workload.value;
  for (const contender of [...builtIn, ...(withSqlite.value ? [onRequest] : [])]) {
    running.value = contender.name;
    results.value = [...results.value, await compete(contender, workload.value)];
  }
  running.value = undefined;
}

async function compete(contender: Contender, load: Workload): Promise<Result> {
  let contestant: Contestant | undefined;
  try {
    contestant = await contender.open();
    const warm = await run(contestant, load, warmUpMs);
    const done = await run(contestant, load, measureMs);
    const found = await contestant.count();
    const wanted = warm.records + done.records;
    if (found !== wanted) throw new Error(`${wanted} records were answered, ${found} are there`);
    const sorted = done.latencies.toSorted((one, other) => one - other);
    return {
      contender,
      perSecond: (done.records / done.ms) * 1000,
      p50: sorted[Math.floor((sorted.length - 1) * 0.5)] ?? 0,
      p99: sorted[Math.floor((sorted.length - 1) * 0.99)] ?? 0,
    };
  } catch (error) {
    return { contender, perSecond: 0, p50: 0, p99: 0, failure: toFailure(error).message };
  } finally {
    await contestant?.end();
  }
}

interface Done {
  readonly records: number;
  readonly ms: number;
  readonly latencies: number[];
}

async function run(contestant: Contestant, load: Workload, forMs: number): Promise<Done> {
  const records = Array.from({ length: load.batch }, (_, at) =>
    new Uint8Array(recordBytes).fill(65 + (at % 26)),
  );
  const latencies: number[] = [];
  const started = performance.now();
  const call = (): Promise<unknown> =>
    load.batch === 1 ? contestant.append(records[0]!) : contestant.appendBatch(records);
  await Promise.all(
    Array.from({ length: load.callers }, async () => {
      while (performance.now() - started < forMs) {
        const before = performance.now();
        await call();
        latencies.push(performance.now() - before);
      }
    }),
  );
  return {
    records: latencies.length * load.batch,
    ms: performance.now() - started,
    latencies,
  };
}
