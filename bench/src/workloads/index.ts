/** The kinds of work by name. */
import type { Contestant } from "../contestant.ts";
import type { BrowserWorkName, Job, Measurement, WorkName } from "../job.ts";
import { appendCost } from "../threads/append-cost.ts";
import { threadsDurable } from "../threads/workload.ts";
import { buffered } from "./buffered.ts";
import { durable, durableSync } from "./durable.ts";
import { following } from "./following.ts";
import { limits } from "./limits.ts";
import { getByNumber, openOnly, prepare, replay } from "./reading.ts";

/** Runs one job for one contestant. */
export type Workload = (contestant: Contestant, job: Job) => Promise<Measurement>;

/** What each kind of work runs. */
export const workloads: Readonly<Record<Exclude<WorkName, BrowserWorkName>, Workload>> = {
  durable,
  sync: durableSync,
  buffered,
  "behind-reader": buffered,
  prepare,
  replay,
  open: openOnly,
  get: getByNumber,
  follow: following,
  threads: threadsDurable,
  "thread-cost": appendCost,
  limits: (_, job) => limits(job),
};
