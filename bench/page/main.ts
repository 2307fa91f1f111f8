/** What the browser's page runs: the runner calls `measure` with a job and gets what was measured. */
import type { Job, Measurement } from "../src/job.ts";
import { inWorker } from "./ask-worker.ts";
import { durableFromPage } from "./durable.ts";
import { opening } from "./opening.ts";
import { wipe } from "./wipe.ts";

/** A job without what only a process needs. */
export type PageJob = Omit<Job, "directory" | "profiled" | "allocations">;

const works: Readonly<Record<string, (job: PageJob) => Promise<Measurement>>> = {
  page: durableFromPage,
  "page-worker": (job) => inWorker("inside-worker", job),
  "page-open": opening,
};

async function measure(job: PageJob): Promise<Measurement> {
  const work = works[job.work];
  if (work === undefined) throw new TypeError(`no work in a page is called ${job.work}`);
  await wipe();
  return work(job);
}

Object.assign(globalThis, { measure });
