/** Reading what is there: replay after an open, the open alone, single records by number. */
import type { Contestant } from "../contestant.ts";
import { bytesRead, Gauges } from "../gauges.ts";
import { Histogram } from "../histogram.ts";
import type { Job, Measurement } from "../job.ts";
import { countOf, stamp, template } from "../payload.ts";

/** Writes the log the reading workloads are run on, closes it cleanly, and reads it back. */
export async function prepare(contestant: Contestant, job: Job): Promise<Measurement> {
  const payload = template(job.payloadBytes);
  const session = await contestant.open(job.directory, job);
  const lanes = session.push === undefined ? job.inFlight : 1;
  const put = session.push ?? session.append;
  if (put === undefined) throw new Error(`${contestant.name} cannot append`);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < job.records) {
      const record = payload.slice();
      stamp(record, 0, next++);
      await put(record);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await session.settle?.();
  await session.close();
  return { figures: { records: job.records }, readBack: "not applicable" };
}

/** Open and read everything; each record's number is checked. */
export async function replay(contestant: Contestant, job: Job): Promise<Measurement> {
  const gauges = new Gauges();
  let records = 0;
  let wrong = 0;
  gauges.start();
  const session = await contestant.open(job.directory, job);
  await session.read?.((record) => {
    if (countOf(record) !== records || record.length !== job.payloadBytes) wrong++;
    records++;
  });
  const figures = gauges.stop(records);
  await session.close();
  const good = wrong === 0 && records === job.records;
  return {
    figures,
    readBack: good ? "yes" : `no: ${records} of ${job.records} records, ${wrong} wrong`,
  };
}

/** The open alone, of a cleanly closed log. */
export async function openOnly(contestant: Contestant, job: Job): Promise<Measurement> {
  const gauges = new Gauges();
  gauges.start();
  const before = performance.now();
  const session = await contestant.open(job.directory, job);
  const openMs = performance.now() - before;
  const { aboveIdleRssMib = 0 } = gauges.stop(1);
  const last = await session.get?.(job.records - 1);
  await session.close();
  const good = last !== undefined && countOf(last) === job.records - 1;
  return {
    figures: { openMs, aboveIdleRssMib },
    readBack: good ? "yes" : "no: the last record is missing",
  };
}

/** Evenly spaced records that are asked for before the clock starts, so that all caches are as warm as they get. */
const WARMING_GETS = 4000;

/** Records by number, in random order, one at a time, with everything in the page cache. */
export async function getByNumber(contestant: Contestant, job: Job): Promise<Measurement> {
  const session = await contestant.open(job.directory, job);
  const { get } = session;
  if (get === undefined) throw new Error(`${contestant.name} has no get`);
  const gauges = new Gauges();
  const latency = new Histogram();
  let records = 0;
  let wrong = 0;
  let state = 1;
  let bytesBefore = 0;
  const run = async (milliseconds: number): Promise<void> => {
    const end = performance.now() + milliseconds;
    for (let before = performance.now(); before < end; records++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      const index = state % job.records;
      const found = get(index);
      const record = found instanceof Promise ? await found : found;
      const now = performance.now();
      latency.record(now - before);
      before = now;
      if (record === undefined || countOf(record) !== index) wrong++;
    }
  };
  for (let i = 0; i < WARMING_GETS; i++) await get(Math.floor((i * job.records) / WARMING_GETS));
  await run(job.warmUpMs);
  records = 0;
  bytesBefore = bytesRead() ?? 0;
  gauges.start();
  await run(job.measureMs);
  const read = (bytesRead() ?? 0) - bytesBefore;
  const figures = {
    ...gauges.stop(records),
    ...latency.figures("latency"),
    ...(bytesRead() !== undefined && { bytesReadPerRecord: read / records }),
  };
  await session.close();
  return { figures, readBack: wrong === 0 ? "yes" : `no: ${wrong} wrong records` };
}
