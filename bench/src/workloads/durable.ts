/**
 * Closed loop: every writer appends its next record when the last one was acknowledged. Latency is
 * taken from some of the writers only, so that the clock costs the fast ones no more than the slow.
 */
import type { Contestant, Session, Use } from "../contestant.ts";
import { Gauges } from "../gauges.ts";
import { Histogram } from "../histogram.ts";
import type { Job, Measurement } from "../job.ts";
import { Ledger, stamp, template } from "../payload.ts";
import { readBack } from "./read-back.ts";

/** At most so many writers look at the clock. */
const CLOCKED_WRITERS = 16;
/** With `trimmed`, records of about so many bytes stay. */
const KEPT_BYTES = 32 * 1024 * 1024;

/** `append` with `inFlight` writers. */
export async function durable(contestant: Contestant, job: Job): Promise<Measurement> {
  const payload = template(job.payloadBytes);
  const ledger = new Ledger(job.inFlight, payload, job.trimmed);
  const gauges = new Gauges();
  const session = await contestant.open(job.directory, job);
  const { append } = session;
  if (append === undefined) throw new Error(`${contestant.name} has no append`);
  const loop = new ClosedLoop(job, gauges);
  const trimmer = job.trimmed ? trimming(session, loop, job) : undefined;

  const clocked = async (writer: number): Promise<void> => {
    const record = payload.slice();
    let before = performance.now();
    for (let count = 0; !loop.over; count++) {
      stamp(record, writer, count);
      await append(record);
      ledger.acknowledged[writer] = count + 1;
      const now = performance.now();
      loop.answered(now, now - before);
      before = now;
    }
  };
  const plain = async (writer: number): Promise<void> => {
    const record = payload.slice();
    for (let count = 0; !loop.over; count++) {
      stamp(record, writer, count);
      await append(record);
      ledger.acknowledged[writer] = count + 1;
      loop.records++;
    }
  };
  const every = Math.max(1, Math.floor(job.inFlight / CLOCKED_WRITERS));
  const writers = Array.from({ length: job.inFlight }, (_, writer) =>
    writer % every === 0 ? clocked(writer) : plain(writer),
  );
  await Promise.all(writers);
  await trimmer;
  await session.close();
  return { figures: loop.figures, readBack: await readBack(contestant, job, ledger) };
}

/** `appendSync` by one writer: nothing else runs meanwhile. */
export async function durableSync(contestant: Contestant, job: Job): Promise<Measurement> {
  const payload = template(job.payloadBytes);
  const ledger = new Ledger(1, payload, false);
  const gauges = new Gauges();
  const session = await contestant.open(job.directory, job);
  const { appendSync } = session;
  if (appendSync === undefined) throw new Error(`${contestant.name} has no appendSync`);
  const loop = new ClosedLoop(job, gauges);
  let before = performance.now();
  for (let count = 0; !loop.over; count++) {
    stamp(payload, 0, count);
    appendSync(payload);
    ledger.acknowledged[0] = count + 1;
    const now = performance.now();
    loop.answered(now, now - before);
    before = now;
  }
  await session.close();
  return { figures: loop.figures, readBack: await readBack(contestant, job, ledger) };
}

/** Warm-up, then the measured window; both end by the clock. */
class ClosedLoop {
  records = 0;
  over = false;
  figures: Record<string, number> = {};
  readonly #gauges: Gauges;
  readonly #latency = new Histogram();
  readonly #startAt: number;
  readonly #endAt: number;
  #measuring = false;
  #before = 0;

  constructor(job: Job, gauges: Gauges) {
    this.#gauges = gauges;
    this.#startAt = performance.now() + job.warmUpMs;
    this.#endAt = this.#startAt + job.measureMs;
  }

  /** A record was acknowledged at `now`, `latency` milliseconds after it was handed over. */
  answered(now: number, latency: number): void {
    this.records++;
    if (this.#measuring) {
      this.#latency.record(latency);
      if (now < this.#endAt || this.over) return;
      this.over = true;
      const measured = this.records - this.#before;
      this.figures = { ...this.#gauges.stop(measured), ...this.#latency.figures("latency") };
    } else if (now >= this.#startAt) {
      this.#measuring = true;
      this.#before = this.records;
      this.#gauges.start();
    }
  }
}

/** Drops old records as the log grows: the steady state of a log with checkpoints. */
async function trimming(session: Session, loop: ClosedLoop, use: Use): Promise<void> {
  const { trim } = session;
  if (trim === undefined) throw new Error("cannot be trimmed");
  const kept = Math.floor(KEPT_BYTES / use.payloadBytes);
  let trimmed = 0;
  while (!loop.over) {
    const upTo = loop.records - kept;
    if (upTo > trimmed + kept / 4) {
      await trim(upTo);
      trimmed = upTo;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
