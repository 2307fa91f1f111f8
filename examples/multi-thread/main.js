/** Three sensors append to one log from threads of their own; a fourth is terminated while it does. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";

const READINGS = 1000;
const directory = process.argv[2] ?? fileURLToPath(new URL("data", import.meta.url));
const wal = await Wal.open({ storage: nodeStorage(directory) });
const before = wal.durableLsn;

/** Starts a sensor and gives it a stripe of the log. */
function start(name) {
  const sensor = new Worker(new URL("sensor.js", import.meta.url), {
    workerData: { name, readings: READINGS },
  });
  // With `worker` the stripe is taken back when the thread ends, however it ends.
  const handle = wal.producerHandle({ worker: sensor });
  sensor.postMessage(handle, handle.transfer);
  return { sensor, answer: once(sensor, "message") };
}

const sensors = ["kitchen", "cellar", "attic"].map(start);
const garden = start("garden");

// What it says first is that ten of its readings are on disk; it does not live to say more.
const [safe] = await garden.answer;
await garden.sensor.terminate();

const answers = await Promise.all(sensors.map(({ answer }) => answer));
for (const [{ name, first, last }] of answers) {
  if (!(first > before && last > first)) throw new Error(`${name}: LSNs ${first} to ${last}`);
}

// This thread's records get their place among the others'.
await wal.append(new TextEncoder().encode(JSON.stringify({ name: "house", reading: 0 })));

const counts = new Map();
for await (const { payload } of wal.read({ from: before + 1 })) {
  const { name, reading } = JSON.parse(new TextDecoder().decode(payload));
  // The order of one thread's appends is the order in the log.
  if (reading !== (counts.get(name) ?? 0)) throw new Error(`${name}: ${reading} out of order`);
  counts.set(name, reading + 1);
}
for (const name of ["kitchen", "cellar", "attic"])
  console.log(`${name}: ${counts.get(name)} readings`);
if (counts.get("garden") < safe.durable) throw new Error("a durable reading is gone");
console.log(`garden: at least ${safe.durable}, then it was terminated`);
console.log(`stripes in use: ${wal.stats().stripes.length}, the log's own`);
await wal.close();
