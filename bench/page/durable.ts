/** Closed loop in a page: every writer appends its next record when the last one was acknowledged. */
import type { Session } from "../src/session.ts";
import { Histogram } from "../src/histogram.ts";
import type { Measurement } from "../src/job.ts";
import { Ledger, stamp, template } from "../src/payload.ts";
import { LongTasks } from "./long-tasks.ts";
import { pageLogs } from "./logs.ts";
import type { PageJob } from "./main.ts";

const NAME = "bench";
/** At most so many writers look at the clock. */
const CLOCKED_WRITERS = 16;

export async function durableFromPage(job: PageJob): Promise<Measurement> {
  const log = pageLogs[job.contestant];
  if (log === undefined) throw new TypeError(`no log for pages is called ${job.contestant}`);
  const inFlight = Math.max(job.inFlight, log.inFlight ?? 0);
  const payload = template(job.payloadBytes);
  const ledger = new Ledger(inFlight, payload, false);
  const session = await log.open(NAME);
  const longTasks = await LongTasks.start();
  const figures = await closedLoop(session, { ...job, inFlight }, ledger);
  Object.assign(figures, await longTasks.stop());
  await session.close();
  return { figures, readBack: await readBack(log.open, ledger) };
}

async function closedLoop(
  { append }: Session,
  job: PageJob,
  ledger: Ledger,
): Promise<Record<string, number>> {
  if (append === undefined) throw new Error(`${job.contestant} has no append`);
  const payload = template(job.payloadBytes);
  const latency = new Histogram();
  const startAt = performance.now() + job.warmUpMs;
  let [records, before, measuring, over] = [0, 0, false, false];
  let [begunAt, seconds] = [0, 0];

  const answered = (now: number, waited: number): void => {
    if (measuring) latency.record(waited);
    if (!measuring && now >= startAt) {
      [measuring, before, begunAt] = [true, records, now];
    } else if (measuring && !over && now >= begunAt + job.measureMs) {
      over = true;
      seconds = (now - begunAt) / 1000;
      before = records - before;
    }
  };
  const write = async (writer: number, isClocked: boolean): Promise<void> => {
    const record = payload.slice();
    let last = performance.now();
    for (let count = 0; !over; count++) {
      stamp(record, writer, count);
      await append(record);
      ledger.acknowledged[writer] = count + 1;
      records++;
      if (!isClocked) continue;
      const now = performance.now();
      answered(now, now - last);
      last = now;
    }
  };
  const every = Math.max(1, Math.floor(job.inFlight / CLOCKED_WRITERS));
  await Promise.all(
    Array.from({ length: job.inFlight }, (_, writer) => write(writer, writer % every === 0)),
  );
  return { recordsPerSecond: before / seconds, ...latency.figures("latency") };
}

async function readBack(
  open: (name: string) => Promise<Session>,
  ledger: Ledger,
): Promise<Measurement["readBack"]> {
  const session = await open(NAME);
  if (session.read === undefined) {
    await session.close();
    return "not applicable";
  }
  await session.read((record) => ledger.check(record));
  await session.close();
  return ledger.verdict();
}
