/** A worker thread that appends some records through a producer, each durable before the next. */
import { parentPort, workerData } from "node:worker_threads";
import { attachProducer } from "@stria/core";

const { handle, records } = workerData;
const producer = attachProducer(handle);
for (let i = 0; i < records; i++) await producer.append(new TextEncoder().encode(`worker ${i}`));
await producer.detach();
parentPort?.postMessage("done");
