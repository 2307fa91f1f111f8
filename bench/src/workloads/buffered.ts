/**
 * Appends that nobody waits for, alone or with a reader behind them that takes every record and lets
 * go of what it has taken. Ends when everything has reached at least the operating system.
 */
import type { Contestant, Session } from "../contestant.ts";
import { Gauges } from "../gauges.ts";
import type { Job, Measurement } from "../job.ts";
import { Ledger, stamp, template } from "../payload.ts";
import { readBack } from "./read-back.ts";

/** Buffers handed out in turn: no contestant keeps that many unread. */
const BUFFERS = 32_768;
/** How many records are pushed between two looks at the clock, and two turns of the event loop. */
const BURST = 4096;
/** The reader lets go of records in steps of so many. */
const TRIM_STEP = 131_072;

/** `push` as fast as it goes. */
export async function buffered(contestant: Contestant, job: Job): Promise<Measurement> {
  const payload = template(job.payloadBytes);
  const ledger = new Ledger(1, payload, job.trimmed);
  const gauges = new Gauges();
  const session = await contestant.open(job.directory, job);
  const buffers = copies(
    payload,
    Math.max(BURST * 2, Math.floor(BUFFERS * (128 / job.payloadBytes))),
  );
  const reader = job.trimmed ? new Reader(session) : undefined;
  const warm = await pushFor(session, buffers, 0, job.warmUpMs);
  gauges.start();
  const total = await pushFor(session, buffers, warm, job.measureMs);
  await session.settle?.();
  await reader?.reaches(total);
  const figures = gauges.stop(total - warm);
  ledger.acknowledged[0] = total;
  await reader?.stop();
  await session.close();
  return { figures, readBack: await readBack(contestant, job, ledger) };
}

/** Pushes for so long; returns the number of records so far. */
async function pushFor(
  session: Session,
  buffers: readonly Uint8Array[],
  from: number,
  milliseconds: number,
): Promise<number> {
  const { push } = session;
  if (push === undefined) throw new Error("has no buffered append");
  const end = performance.now() + milliseconds;
  let count = from;
  while (performance.now() < end) {
    for (let left = BURST; left > 0; left--) {
      const record = buffers[count % buffers.length]!;
      stamp(record, 0, count++);
      const wait = push(record);
      if (wait !== undefined) await wait;
    }
    await new Promise((turn) => setImmediate(turn));
  }
  return count;
}

function copies(payload: Uint8Array, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => payload.slice());
}

/** Takes every record in order: by following, or by asking again where a store cannot be followed. */
class Reader {
  readonly #session: Session;
  readonly #stop: () => Promise<void>;
  #taken = 0;
  #trimmed = 0;
  #trimming: Promise<void> = Promise.resolve();
  #over = false;

  constructor(session: Session) {
    this.#session = session;
    if (session.follow !== undefined) {
      const { stop } = session.follow(() => this.#take());
      this.#stop = stop;
    } else {
      const polling = this.#poll();
      this.#stop = async () => {
        this.#over = true;
        await polling;
      };
    }
  }

  /** Resolves when so many records were taken. */
  async reaches(count: number): Promise<void> {
    while (this.#taken < count) await new Promise((turn) => setImmediate(turn));
  }

  async stop(): Promise<void> {
    await this.#stop();
    await this.#trimming;
  }

  #take(): void {
    this.#taken++;
    if (this.#taken - this.#trimmed < TRIM_STEP) return;
    const upTo = this.#taken;
    this.#trimmed = upTo;
    this.#trimming = this.#trimming.then(() => this.#session.trim?.(upTo));
  }

  async #poll(): Promise<void> {
    const { read } = this.#session;
    if (read === undefined) throw new Error("cannot be read while it is written");
    while (!this.#over) {
      await read(() => this.#take(), this.#taken);
      await new Promise((turn) => setImmediate(turn));
    }
  }
}
