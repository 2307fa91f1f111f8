/**
 * Many threads, one log, on real workers: every record once, dense LSNs, each worker's own order,
 * batches whole, nothing acknowledged is lost; also with workers terminated and the process killed at
 * random. Short as it stands; STRIA_THREAD_RECORDS (a worker's records) and STRIA_THREAD_SEEDS make it long.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type Runtime, missing, otherRuntimes, thisNode } from "./support/runtimes.ts";
import { temporaryDirectory } from "./support/temporary.ts";

const records = Number(process.env["STRIA_THREAD_RECORDS"] ?? 400);
const seeds = Array.from(
  { length: Number(process.env["STRIA_THREAD_SEEDS"] ?? 2) },
  (_, i) => i + 1,
);
const timeout = 60_000 + records * 100;
const modes = ["synchronous", "group-commit", "async", "async-batched"] as const;
const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/threads/${name}`, import.meta.url));

interface Outcome {
  readonly records: number;
  readonly acknowledged: number;
  readonly survivors: number;
  readonly stripes: number;
}

function options(more: object): object {
  const directory = join(temporaryDirectory(), "log");
  return {
    directory,
    durability: { mode: "synchronous" },
    workers: 8,
    records,
    inFlight: 16,
    seed: 1,
    ...more,
  };
}

async function run(more: object, runtime: Runtime = thisNode): Promise<Outcome> {
  const args = [...runtime.args, fixture("main.mjs"), JSON.stringify(options(more))];
  const { stdout } = await promisify(execFile)(runtime.command, args, { timeout });
  return JSON.parse(stdout) as Outcome;
}

describe("producers on worker threads", () => {
  test.each(modes)(
    "%s: eight workers and the log's own thread",
    async (mode) => {
      const outcome = await run({ durability: { mode }, workers: 8 });
      expect(outcome.survivors).toBe(9);
      expect(outcome.records).toBeGreaterThanOrEqual(8 * records);
      expect(outcome.acknowledged).toBeGreaterThan(records);
      // Everybody has left: the own stripe remains.
      expect(outcome.stripes).toBe(1);
    },
    timeout,
  );

  test.for([thisNode, ...otherRuntimes])(
    "the log in a thread of its own: $name",
    { timeout },
    async (runtime, { skip }) => {
      const reason = missing(runtime);
      skip(reason !== undefined, reason);
      const outcome = await run({ workers: 4, flusher: "worker", terminate: 2 }, runtime);
      expect(outcome.survivors).toBeGreaterThanOrEqual(5);
    },
  );

  test.for([thisNode, ...otherRuntimes])(
    "without shared memory, over message ports: $name",
    { timeout },
    async (runtime, { skip }) => {
      const reason = missing(runtime);
      skip(reason !== undefined, reason);
      const ways = ["append", "appendBatch", "appendAsync", "mode"];
      const outcome = await run({ workers: 4, path: "messages", ways, terminate: 2 }, runtime);
      expect(outcome.survivors).toBeGreaterThanOrEqual(5);
    },
  );

  test.each(seeds)(
    "workers terminated at random stall nobody and lose nothing they were promised (seed %i)",
    async (seed) => {
      const outcome = await run({ seed, workers: 3, terminate: 6, records: records * 4 });
      expect(outcome.survivors).toBeGreaterThanOrEqual(4);
      expect(outcome.stripes).toBe(1);
    },
    timeout,
  );

  test.each(seeds)(
    "the process killed at random: what was acknowledged is recovered (seed %i)",
    async (seed) => {
      const more = { seed, workers: 4, tells: true, records: records * 50 };
      const chosen = options(more) as { directory: string };
      const child = spawn(process.execPath, [fixture("main.mjs"), JSON.stringify(chosen)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const acknowledged: [string, number][] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        const [worker, at] = line.split(" ");
        acknowledged.push([worker!, Number(at)]);
        if (acknowledged.length === 200 * seed) child.kill("SIGKILL");
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      expect(child.signalCode).toBe("SIGKILL");
      const { stdout } = await promisify(execFile)(process.execPath, [
        fixture("recovered.mjs"),
        chosen.directory,
      ]);
      const { counts } = JSON.parse(stdout) as { counts: Record<string, number> };
      const lost = acknowledged.filter(([worker, at]) => at >= (counts[worker] ?? 0));
      expect(lost).toEqual([]);
    },
    timeout,
  );

  test.for(otherRuntimes)("$name", { timeout }, async (runtime, { skip }) => {
    const reason = missing(runtime);
    skip(reason !== undefined, reason);
    const outcome = await run({ workers: 4, durability: { mode: "async" } }, runtime);
    expect(outcome.survivors).toBe(5);
    expect(outcome.stripes).toBe(1);
  });
});
