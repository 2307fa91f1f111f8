/** Groups written from inside a dedicated worker, where the files are: no page, no messages. */
import { Wal } from "@stria/core";
import { opfsStorage } from "@stria/browser-opfs";
import { Histogram } from "../src/histogram.ts";
import type { Measurement } from "../src/job.ts";
import { Ledger, stamp, template } from "../src/payload.ts";
import { answerWith } from "./ask-worker.ts";
import type { PageJob } from "./main.ts";
import { RawFile } from "./raw-file.ts";
import { SqliteLog } from "./sqlite-log.ts";

const NAME = "inside";
const ROWS = 1000;

/** A log that takes groups. */
interface GroupLog {
  /** Settles when all of them are on the disk. */
  readonly write: (records: readonly Uint8Array[]) => Promise<unknown> | void;
  readonly read?: (visit: (record: Uint8Array) => void) => Promise<void>;
  readonly close: () => Promise<void> | void;
}

const logs: Readonly<Record<string, () => Promise<GroupLog>>> = {
  "stria worker, appendBatch": () => openStria((wal, records) => wal.appendBatch(records)),
  "stria worker, append": () =>
    openStria((wal, records) => Promise.all(records.map((record) => wal.append(record)))),
  "raw worker": async () => {
    const file = await RawFile.open(NAME, false);
    const group = grouped();
    return { write: (records) => file.append(group(records)), close: () => file.close() };
  },
  "sqlite-wasm worker": async () => {
    const log = await SqliteLog.open(NAME);
    const group = grouped();
    return {
      write: (records) => log.insert(group(records), records[0]?.length ?? 0),
      async read(visit) {
        for (let first = 0; ; first += ROWS) {
          const rows = log.read(first, ROWS);
          if (rows.length === 0) return;
          for (const row of rows) visit(row);
        }
      },
      close: () => log.close(),
    };
  },
};

async function openStria(
  write: (wal: Wal, records: readonly Uint8Array[]) => Promise<unknown>,
): Promise<GroupLog> {
  const wal = await Wal.open({ storage: opfsStorage(NAME) });
  return {
    write: (records) => write(wal, records),
    async read(visit) {
      for await (const batch of wal.readBatches()) for (const { payload } of batch) visit(payload);
    },
    close: () => wal.close(),
  };
}

/** Copies records behind each other, into the same buffer each time. */
function grouped(): (records: readonly Uint8Array[]) => Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array();
  return (records) => {
    const size = records[0]?.length ?? 0;
    const needed = size * records.length;
    if (bytes.length !== needed) bytes = new Uint8Array(needed);
    for (const [at, record] of records.entries()) bytes.set(record, at * size);
    return bytes;
  };
}

answerWith(async (job) => ({ value: await inside(job as PageJob) }));

async function inside(job: PageJob): Promise<Measurement> {
  const open = logs[job.contestant];
  if (open === undefined) throw new TypeError(`nobody in a worker is called ${job.contestant}`);
  const payload = template(job.payloadBytes);
  const ledger = new Ledger(1, payload, false);
  const records = Array.from({ length: job.inFlight }, () => payload.slice());
  const latency = new Histogram();
  const log = await open();
  const startAt = performance.now() + job.warmUpMs;
  let [count, before, begunAt, now] = [0, 0, 0, 0];
  for (let last = performance.now(); begunAt === 0 || now < begunAt + job.measureMs; last = now) {
    for (const record of records) stamp(record, 0, count++);
    await log.write(records);
    ledger.acknowledged[0] = count;
    now = performance.now();
    if (begunAt > 0) latency.record(now - last);
    else if (now >= startAt) [begunAt, before] = [now, count];
  }
  const seconds = (now - begunAt) / 1000;
  const figures = { recordsPerSecond: (count - before) / seconds, ...latency.figures("latency") };
  await log.close();
  return { figures, readBack: await readBack(open, ledger) };
}

async function readBack(
  open: () => Promise<GroupLog>,
  ledger: Ledger,
): Promise<Measurement["readBack"]> {
  const log = await open();
  await log.read?.((record) => ledger.check(record));
  await log.close();
  return log.read === undefined ? "not applicable" : ledger.verdict();
}
