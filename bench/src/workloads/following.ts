/** How long after an append is acknowledged, and after it began, a reader that follows has the record. */
import type { Contestant } from "../contestant.ts";
import { Gauges } from "../gauges.ts";
import { Histogram } from "../histogram.ts";
import type { Job, Measurement } from "../job.ts";
import { countOf, Ledger, stamp, template } from "../payload.ts";
import { readBack } from "./read-back.ts";

/** One durable writer, one follower in the same process. */
export async function following(contestant: Contestant, job: Job): Promise<Measurement> {
  const payload = template(job.payloadBytes);
  const ledger = new Ledger(1, payload, false);
  const session = await contestant.open(job.directory, job);
  const { append, follow } = session;
  if (append === undefined || follow === undefined) {
    throw new Error(`${contestant.name} cannot be followed`);
  }
  const gauges = new Gauges();
  const fromAppend = new Histogram();
  let arrived: (() => void) | undefined;
  let begun = 0;
  let measuring = false;
  const { stop } = follow((record) => {
    if (measuring) fromAppend.record(performance.now() - begun);
    if (countOf(record) + 1 > (ledger.acknowledged[0] ?? 0))
      ledger.acknowledged[0] = countOf(record) + 1;
    arrived?.();
  });
  const start = performance.now() + job.warmUpMs;
  const end = start + job.measureMs;
  let records = 0;
  for (let count = 0; performance.now() < end; count++) {
    if (!measuring && performance.now() >= start) {
      measuring = true;
      gauges.start();
    }
    stamp(payload, 0, count);
    const seen = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    begun = performance.now();
    await append(payload);
    await seen;
    if (measuring) records++;
  }
  const figures = { ...gauges.stop(records), ...fromAppend.figures("latency") };
  await stop();
  await session.close();
  return { figures, readBack: await readBack(contestant, job, ledger) };
}
