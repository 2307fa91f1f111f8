/** One thread: attaches to the log and appends its readings, a few in flight at once. */
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { attachProducer } from "@stria/node-fs";

const { name, readings } = workerData;
const [handle] = await once(parentPort, "message");
const producer = attachProducer(handle);
const record = (reading) => new TextEncoder().encode(JSON.stringify({ name, reading }));

if (name === "garden") {
  // A batch is all or nothing; when this resolves its ten records are on disk.
  await producer.appendBatch(Array.from({ length: 10 }, (_, reading) => record(reading)));
  parentPort.postMessage({ durable: 10 });
  for (let reading = 10; ; reading++) await producer.append(record(reading));
}

const lsns = await Promise.all(
  Array.from({ length: readings }, (_, reading) => producer.append(record(reading))),
);
await producer.detach();
parentPort.postMessage({ name, first: lsns[0], last: lsns.at(-1) });
