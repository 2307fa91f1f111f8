/**
 * Runs the cases, one process each: every round goes through the rows in a new random order, and within
 * a row through its contestants in a new random order. Those who are compared so run within seconds of
 * each other, and what else the machine does falls on all alike. Logs that are only read are written once.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Case, Answer, Measurement } from "./job.ts";
import { contestantNamed } from "./contestants/index.ts";
import { preparation } from "./plan.ts";
import { missingRuntime, runScript } from "./process.ts";

/** One case in one round. */
export interface Sample {
  readonly case: Case;
  readonly round: number;
  readonly measurement: Measurement;
}

/** A case that could not be run, and why; it stays out of further rounds. */
export interface Skipped {
  readonly row: string;
  readonly contestant: string;
  readonly reason: string;
}

export interface RunOptions {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** A directory of the disk to be measured; everything below it is removed. */
  readonly directory: string;
  readonly say: (line: string) => void;
}

const TIMEOUT_MS = 180_000;

export class Runner {
  readonly samples: Sample[] = [];
  readonly skipped: Skipped[] = [];
  readonly #options: RunOptions;
  readonly #root: string;
  /** Directories of prepared logs by what they hold; `undefined` where preparing failed. */
  readonly #prepared = new Map<string, string | undefined>();

  constructor(options: RunOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true });
    this.#root = mkdtempSync(join(options.directory, "run-"));
  }

  async run(cases: readonly Case[]): Promise<void> {
    const { rounds, say } = this.#options;
    try {
      for (let round = 1; round <= rounds; round++) {
        const order = inRandomOrder(cases.filter((one) => !this.#isSkipped(one)));
        say(`round ${round} of ${rounds}: ${order.length} cases`);
        for (const one of order) await this.#one(one, round);
      }
    } finally {
      rmSync(this.#root, { recursive: true, force: true });
    }
  }

  async #one(one: Case, round: number): Promise<void> {
    if (this.#isSkipped(one)) return;
    const missing = missingRuntime(contestantNamed(one.contestant).runtime);
    if (missing !== undefined) {
      this.#skip(one, missing);
      return;
    }
    const before = preparation(one);
    if (before !== undefined) {
      const directory = await this.#prepare(before);
      if (directory !== undefined) await this.#sample(one, round, directory);
      else this.#skip(one, "its log could not be prepared");
      return;
    }
    const directory = mkdtempSync(join(this.#root, "case-"));
    await this.#sample(one, round, directory);
    rmSync(directory, { recursive: true, force: true });
  }

  async #sample(one: Case, round: number, directory: string): Promise<void> {
    const measurement = await this.#measure(one, directory);
    if (measurement === undefined) return;
    this.samples.push({ case: one, round, measurement });
    if (measurement.readBack.startsWith("no:")) {
      this.#options.say(`  ${one.row}: ${one.contestant}: ${measurement.readBack}`);
    }
  }

  async #prepare(one: Case): Promise<string | undefined> {
    if (!this.#prepared.has(one.row)) {
      const directory = mkdtempSync(join(this.#root, "prepared-"));
      const measurement = await this.#measure(one, directory);
      this.#prepared.set(one.row, measurement === undefined ? undefined : directory);
    }
    return this.#prepared.get(one.row);
  }

  async #measure(one: Case, directory: string): Promise<Measurement | undefined> {
    const { warmUpMs, measureMs } = this.#options;
    const { runtime } = contestantNamed(one.contestant);
    const outcome = await runScript({
      script: "child",
      argument: { warmUpMs, ...one, directory, measureMs },
      timeoutMs: TIMEOUT_MS,
      ...(runtime !== undefined && { runtime }),
    });
    const answer: Answer =
      outcome.kind === "answered"
        ? (outcome.answer as Answer)
        : { kind: "failed", reason: outcome.reason };
    if (answer.kind === "measured") return answer.measurement;
    this.#skip(one, answer.reason);
    return undefined;
  }

  #skip(one: Case, reason: string): void {
    this.skipped.push({ row: one.row, contestant: one.contestant, reason });
    this.#options.say(`  skipped ${one.row}: ${one.contestant}: ${reason}`);
  }

  #isSkipped(one: Case): boolean {
    return this.skipped.some(
      ({ row, contestant }) => row === one.row && contestant === one.contestant,
    );
  }
}

/** Rows stay together; where a row has several turns, everybody in it has one before the next begins. */
export function inRandomOrder(cases: readonly Case[]): Case[] {
  const rows = shuffled([...new Set(cases.map(({ row }) => row))]);
  return rows.flatMap((name) => {
    const row = cases.filter((one) => one.row === name);
    return Array.from({ length: row[0]?.turns ?? 1 }, () => shuffled(row)).flat();
  });
}

/** Fisher-Yates. */
function shuffled<T>(values: readonly T[]): T[] {
  const order = [...values];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
