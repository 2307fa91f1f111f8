/** Entry of one measured process: one job as argument, one answer on descriptor 3, nothing shared. */
import { writeSync } from "node:fs";
import { contestantNamed } from "./contestants/index.ts";
import type { Answer, Job, Measurement, WorkName } from "./job.ts";
import { withAllocations } from "./profile/allocations.ts";
import { type Workload, workloads } from "./workloads/index.ts";

const ANSWER_FD = 3;

const job = JSON.parse(process.argv[2] ?? "") as Job;
answer(await run());
// Some rivals leave timers behind after their close.
process.exit(0);

async function run(): Promise<Answer> {
  try {
    const contestant = contestantNamed(job.contestant);
    const workload = (workloads as Partial<Record<WorkName, Workload>>)[job.work];
    if (workload === undefined) throw new TypeError(`${job.work} does not run in a process`);
    const work = (): Promise<Measurement> => workload(contestant, job);
    const { allocations } = job;
    const measurement =
      allocations === undefined ? await work() : await withAllocations(allocations, work);
    return { kind: "measured", measurement };
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

function answer(value: Answer): void {
  writeSync(ANSWER_FD, JSON.stringify(value));
}
