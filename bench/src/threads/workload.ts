/**
 * Several threads append to one log, each a closed loop of so many records in flight. The clock runs in
 * the thread that started them, which owns the log where one thread has to.
 */
import { Worker } from "node:worker_threads";
import type { Contestant } from "../contestant.ts";
import { Gauges } from "../gauges.ts";
import type { Job, Measurement } from "../job.ts";
import { Ledger, template } from "../payload.ts";
import { readBack } from "../workloads/read-back.ts";
import { Scoreboard } from "./scoreboard.ts";
import type { ThreadsUse } from "./threads.ts";
import type { WorkerOrder, WorkerWord } from "./worker.ts";

const WARM_ANSWERS = 20;
/** Tenths of a second after which even the slowest is warm. */
const MOST_WARM_UPS = 100;

/** `append` with `inFlight` writers in each of `producers` workers. */
export async function threadsDurable(contestant: Contestant, job: Job): Promise<Measurement> {
  const { threads } = contestant;
  if (threads === undefined) throw new Error(`${contestant.name} is not for several threads`);
  const { producers = 1, payloadBytes, inFlight, trimmed, directory } = job;
  const use: ThreadsUse = { payloadBytes, inFlight, trimmed, producers };
  const gauges = new Gauges();
  const host = await threads.host(directory, use);
  const board = Scoreboard.of(producers);
  const workers: RunningWorker[] = [];
  for (let worker = 0; worker < producers; worker++) {
    const { data, transfer = [] } = await host.ticket(worker);
    const order = { contestant: contestant.name, directory, worker, use, board: board.words };
    const workerData: WorkerOrder = { ...order, ticket: data };
    const started = new RunningWorker(
      new Worker(new URL("worker.js", import.meta.url), {
        workerData,
        transferList: [...transfer],
      }),
    );
    host.adopt?.(started.worker);
    workers.push(started);
  }
  await Promise.all(workers.map(({ ready }) => ready));
  board.go();
  await later(job.warmUpMs);
  // So many isolates take their time: each writer has been answered a few times before the clock runs.
  const warm = producers * inFlight * WARM_ANSWERS;
  for (let left = MOST_WARM_UPS; board.total() < warm && left > 0; left--) await later(100);
  const before = board.total();
  gauges.start();
  await later(job.measureMs);
  const figures = gauges.stop(board.total() - before);
  board.stop();
  const ledger = new Ledger(producers * inFlight, template(payloadBytes), false);
  for (const [worker, { done }] of workers.entries()) {
    ledger.acknowledged.set((await done).acknowledged, worker * inFlight);
  }
  await host.close();
  return { figures, readBack: await readBack(contestant, job, ledger) };
}

/** A worker, and when it has said what. */
class RunningWorker {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  readonly done: Promise<Exclude<WorkerWord, string>>;

  constructor(worker: Worker) {
    this.worker = worker;
    this.ready = this.#hear((word) => (word === "ready" ? true : undefined)).then(() => undefined);
    this.done = this.#hear((word) => (typeof word === "string" ? undefined : word));
  }

  /** Resolves to the first word that `pick` wants; rejects if the worker fails. */
  #hear<T>(pick: (word: WorkerWord) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      this.worker.once("error", reject);
      this.worker.on("message", (message: unknown) => {
        if (!isWord(message)) return;
        const picked = pick(message);
        if (picked !== undefined) resolve(picked);
      });
    });
  }
}

/** A contestant may talk with its workers over the same port. */
function isWord(message: unknown): message is WorkerWord {
  if (message === "ready") return true;
  return typeof message === "object" && message !== null && "acknowledged" in message;
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
