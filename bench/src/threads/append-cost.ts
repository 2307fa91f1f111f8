/**
 * What an append costs the thread that makes it, flusher and storage aside: bursts that fit into the
 * stripe, which is emptied in between, outside the clock. Beside it the least anybody could do: the same
 * bytes into a ring of the same size, with nobody to read them.
 */
import { once } from "node:events";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { type ProducerHandle, Wal, attachProducer } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import type { Contestant } from "../contestant.ts";
import type { Job, Measurement } from "../job.ts";
import { spread } from "../results/summary.ts";

const STRIPE_BYTES = 1024 * 1024;
/** Records a burst; they fill less than half of the stripe, so that nobody is asked to hurry. */
const BURST = 3000;

interface Order {
  readonly payloadBytes: number;
  readonly milliseconds: number;
  readonly handle: ProducerHandle | undefined;
}

/** Nanoseconds a record, the median over the bursts of one worker. */
export async function appendCost(contestant: Contestant, job: Job): Promise<Measurement> {
  const wal =
    contestant.kind === "stria"
      ? await Wal.open({
          storage: nodeStorage(job.directory),
          durability: { mode: "async" },
          stripeBytes: STRIPE_BYTES,
        })
      : undefined;
  const order: Order = {
    payloadBytes: job.payloadBytes,
    milliseconds: job.warmUpMs + job.measureMs,
    handle: wal?.producerHandle(),
  };
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  const [nsPerRecord] = (await once(worker, "message")) as [number];
  await worker.terminate();
  await wal?.close();
  return { figures: { nsPerRecord }, readBack: "not applicable" };
}

if (!isMainThread && isOrder(workerData)) parentPort!.postMessage(await measure(workerData));

function isOrder(data: unknown): data is Order {
  return typeof data === "object" && data !== null && "milliseconds" in data;
}

async function measure({ handle, milliseconds, payloadBytes }: Order): Promise<number> {
  const record = new Uint8Array(payloadBytes).fill(7);
  const burst = handle === undefined ? plainBurst(record) : producerBurst(handle, record);
  const end = performance.now() + milliseconds;
  const bursts: number[] = [];
  while (performance.now() < end) bursts.push((await burst()) / BURST);
  // The first half warms up.
  return spread(bursts.slice(bursts.length / 2)).median;
}

/** Nanoseconds of a burst through a producer. */
function producerBurst(handle: ProducerHandle, record: Uint8Array): () => Promise<number> {
  const producer = attachProducer(handle);
  return async () => {
    let ticket = 0;
    const start = performance.now();
    for (let i = 0; i < BURST; i++) ticket = producer.appendAsync(record);
    const took = performance.now() - start;
    await producer.durable(ticket);
    return took * 1e6;
  };
}

/** The same for the ring nobody reads. */
function plainBurst(record: Uint8Array): () => Promise<number> {
  const ring = new Uint8Array(new SharedArrayBuffer(STRIPE_BYTES));
  let at = 0;
  return async () => {
    const start = performance.now();
    for (let i = 0; i < BURST; i++) at = writePlain(ring, at, record);
    const took = performance.now() - start;
    // A turn for both: bursts begin with the same caches.
    await new Promise((turn) => setImmediate(turn));
    return took * 1e6;
  };
}

/** A length and a payload, as they lie in a stripe; returns where the next one goes. */
function writePlain(ring: Uint8Array, at: number, record: Uint8Array): number {
  const mask = ring.length - 1;
  const { length } = record;
  ring[at & mask] = length;
  ring[(at + 1) & mask] = length >>> 8;
  ring[(at + 2) & mask] = length >>> 16;
  ring[(at + 3) & mask] = length >>> 24;
  const from = (at + 4) & mask;
  const room = ring.length - from;
  if (length <= room) {
    ring.set(record, from);
  } else {
    ring.set(record.subarray(0, room), from);
    ring.set(record.subarray(room), 0);
  }
  return (at + 4 + length) | 0;
}
