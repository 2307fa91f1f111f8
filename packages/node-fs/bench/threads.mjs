// What threads cost and bring: `node bench/threads.mjs [directory]`, after `pnpm run build`.
// Rows: an append on the producer's thread against a plain ring write of the same bytes; durable records
// a second with 1, 2, 4, 8 producers over shared memory, coalesced messages, and one message a record;
// delay of the event loop of an application that appends as fast as it can, flusher inline and in a thread.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { Wal } from "@stria/core";
import { attachProducer, nodeStorage } from "../dist/index.js";

const RECORD_BYTES = 128;
const IN_FLIGHT = 1024;
const record = new Uint8Array(RECORD_BYTES).fill(7);

const jobs = { cost, append, post };
await (isMainThread ? main() : jobs[workerData.job](workerData));

async function main() {
  const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), "stria-threads-"));
  try {
    await costRow(directory);
    for (const producers of [1, 2, 4, 8]) {
      const row = { row: "durable records/s", producers };
      for (const path of ["shared-memory", "messages", "message a record"]) {
        row[path] = Math.round(await throughput(directory, producers, path));
      }
      print(row);
    }
    for (const flusher of ["inline", "worker", "inline", "worker"])
      await delayRow(directory, flusher);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function print(row) {
  process.stdout.write(`${JSON.stringify(row)}\n`);
}

async function open(directory, options) {
  const path = join(directory, "log");
  rmSync(path, { recursive: true, force: true });
  return Wal.open({ storage: nodeStorage(path), ...options });
}

// ── the cost of one append ──────────────────────────────────────────────────────────────────────────

async function costRow(directory) {
  const wal = await open(directory, { durability: { mode: "async" } });
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { job: "cost", handle: wal.producerHandle() },
  });
  const [ns] = await once(worker, "message");
  await once(worker, "exit");
  await wal.close();
  const ratio = Number((ns.append / ns.ring).toFixed(2));
  print({ row: "append of 128 B on the producer's thread", ...ns, ratio });
}

/** In bursts that fit into the stripe; the flusher empties it in between. The least of many counts. */
async function cost({ handle }) {
  const producer = attachProducer(handle);
  const ring = new Uint8Array(1 << 20);
  const burst = 4000;
  const best = { append: Infinity, ring: Infinity };
  let at = 0;
  for (let round = 0; round < 200; round++) {
    let start = performance.now();
    let ticket = 0;
    for (let i = 0; i < burst; i++) ticket = producer.appendAsync(record);
    best.append = Math.min(best.append, ((performance.now() - start) * 1e6) / burst);
    await producer.durable(ticket);
    start = performance.now();
    for (let i = 0; i < burst; i++) at = writePlain(ring, at);
    best.ring = Math.min(best.ring, ((performance.now() - start) * 1e6) / burst);
  }
  await producer.detach();
  parentPort.postMessage({
    append: Math.round(best.append),
    ring: Math.round(best.ring),
    unit: "ns",
  });
}

function writePlain(ring, at) {
  const mask = ring.length - 1;
  ring[at & mask] = RECORD_BYTES;
  ring[(at + 1) & mask] = RECORD_BYTES >>> 8;
  ring[(at + 2) & mask] = RECORD_BYTES >>> 16;
  ring[(at + 3) & mask] = RECORD_BYTES >>> 24;
  const from = (at + 4) & mask;
  const room = ring.length - from;
  if (RECORD_BYTES <= room) {
    ring.set(record, from);
  } else {
    ring.set(record.subarray(0, room), from);
    ring.set(record.subarray(room), 0);
  }
  return (at + 4 + RECORD_BYTES) | 0;
}

// ── durable throughput ──────────────────────────────────────────────────────────────────────────────

async function throughput(directory, producers, path) {
  const wal = await open(directory);
  const records = Math.floor(160_000 / producers);
  const workers = Array.from({ length: producers }, () => {
    const data = { job: path === "message a record" ? "post" : "append", records };
    if (data.job === "post") {
      const worker = new Worker(new URL(import.meta.url), { workerData: data });
      worker.on("message", (message) => {
        if (message.payload === undefined) return;
        void wal.append(message.payload).then((lsn) => worker.postMessage({ id: message.id, lsn }));
      });
      return worker;
    }
    const handle = wal.producerHandle({ path });
    const transferList = [...handle.transfer];
    return new Worker(new URL(import.meta.url), { workerData: { ...data, handle }, transferList });
  });
  // Everybody is up before the clock runs.
  await Promise.all(workers.map((worker) => until(worker, "ready")));
  const start = performance.now();
  for (const worker of workers) worker.postMessage("go");
  await Promise.all(workers.map((worker) => until(worker, "done")));
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  await wal.close();
  return (records * producers) / seconds;
}

function until(worker, word) {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.on("message", (message) => {
      if (message === word) resolve();
    });
  });
}

async function appendAll(records, appendOne) {
  parentPort.postMessage("ready");
  await once(parentPort, "message");
  let left = records;
  const lane = async () => {
    while (left-- > 0) await appendOne();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  parentPort.postMessage("done");
}

async function append({ handle, records }) {
  const producer = attachProducer(handle);
  await appendAll(records, () => producer.append(record));
  await producer.detach();
}

/** What everybody writes first: a message a record, a message back. */
async function post({ records }) {
  const waiting = new Map();
  let ids = 0;
  parentPort.on("message", ({ id, lsn }) => {
    waiting.get(id)?.(lsn);
    waiting.delete(id);
  });
  await appendAll(records, () => {
    const id = ++ids;
    parentPort.postMessage({ id, payload: record });
    return new Promise((resolve) => waiting.set(id, resolve));
  });
}

// ── the application's event loop ────────────────────────────────────────────────────────────────────

async function delayRow(directory, flusher) {
  const wal = await open(directory, { flusher });
  const run = async (records) => {
    let left = records;
    const lane = async () => {
      while (left-- > 0) await wal.append(record);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  };
  await run(20_000);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [start, used] = [performance.now(), performance.eventLoopUtilization()];
  await run(400_000);
  const seconds = (performance.now() - start) / 1000;
  delay.disable();
  const { utilization } = performance.eventLoopUtilization(used);
  await wal.close();
  print({
    row: "one application thread, 1,024 in flight",
    flusher,
    recordsPerSecond: Math.round(400_000 / seconds),
    eventLoopUtilization: Number(utilization.toFixed(2)),
    delayP99Ms: Number((delay.percentile(99) / 1e6).toFixed(2)),
  });
}
