/** Stria with producers on several threads: the ways it connects them, and the one everybody writes first. */
import { parentPort } from "node:worker_threads";
import { type ProducerHandle, Wal, attachProducer } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import type { Contestant } from "../contestant.ts";
import { stria } from "../contestants/stria.ts";
import type { ThreadHost, ThreadSession, Threads, Ticket } from "./threads.ts";

const MIB = 1024 * 1024;

export const striaProducers: Contestant = {
  ...stria,
  name: "stria producers",
  guarantee: "shared stripes; the flusher in the thread that starts the workers",
  threads: throughHandles(async (directory, stripeBytes) => {
    const wal = await Wal.open({ storage: nodeStorage(directory), stripeBytes });
    return { handle: () => wal.producerHandle(), close: () => wal.close() };
  }),
};

export const striaProducersWorker: Contestant = {
  ...stria,
  name: "stria producers, flusher in a worker",
  guarantee: "shared stripes; the flusher in a thread of its own",
  threads: throughHandles(async (directory, stripeBytes) => {
    const storage = nodeStorage(directory);
    const wal = await Wal.open({ storage, stripeBytes, flusher: "worker" });
    return { handle: () => wal.producerHandle(), close: () => wal.close() };
  }),
};

export const striaProducersMessages: Contestant = {
  ...stria,
  name: "stria producers, messages",
  guarantee: "without shared memory: a message for all records of a turn",
  threads: throughHandles(async (directory, stripeBytes) => {
    const wal = await Wal.open({ storage: nodeStorage(directory), stripeBytes });
    return { handle: () => wal.producerHandle({ path: "messages" }), close: () => wal.close() };
  }),
};

/** Not a way of ours: what is written where a log belongs to one thread. */
export const messagePerRecord: Contestant = {
  ...stria,
  name: "a message a record",
  kind: "rival",
  guarantee: "each record posted to the thread that owns the log (Stria), each answer posted back",
  threads: { host: hostByMessage, join: joinByMessage },
};

/** No log at all: what the cost of an append is compared with. */
export const plainRing: Contestant = {
  name: "plain ring write",
  kind: "raw",
  guarantee: "a length and the bytes into a ring nobody reads",
  blocking: true,
  open: () => Promise.reject(new Error("a ring in memory cannot be opened")),
};

interface Log {
  readonly handle: () => Promise<ProducerHandle> | ProducerHandle;
  readonly close: () => Promise<void>;
}

function throughHandles(open: (directory: string, stripeBytes: number) => Promise<Log>): Threads {
  return {
    host: async (directory, { inFlight, payloadBytes }) => {
      const log = await open(directory, Math.max(MIB, inFlight * payloadBytes * 2));
      return { ticket: async () => ticketOf(await log.handle()), close: log.close };
    },
    join: async (data) => {
      const producer = attachProducer(data as ProducerHandle);
      return { append: (record) => producer.append(record), close: () => producer.detach() };
    },
  };
}

function ticketOf(handle: ProducerHandle): Ticket {
  return { data: handle, transfer: handle.transfer as Ticket["transfer"] & object };
}

interface Request {
  readonly id: number;
  readonly record: Uint8Array;
}

async function hostByMessage(directory: string): Promise<ThreadHost> {
  const wal = await Wal.open({ storage: nodeStorage(directory) });
  return {
    ticket: () => ({ data: undefined }),
    adopt: (worker) => {
      worker.on("message", (message: Partial<Request>) => {
        const { id, record } = message;
        if (record === undefined) return;
        void wal.append(record).then(() => worker.postMessage(id));
      });
    },
    close: () => wal.close(),
  };
}

async function joinByMessage(): Promise<ThreadSession> {
  const waiting = new Map<number, () => void>();
  let last = 0;
  parentPort!.on("message", (id: number) => {
    waiting.get(id)?.();
    waiting.delete(id);
  });
  return {
    append: (record) =>
      new Promise<void>((resolve) => {
        waiting.set(++last, resolve);
        parentPort!.postMessage({ id: last, record } satisfies Request);
      }),
    close: async () => {
      parentPort!.removeAllListeners("message");
    },
  };
}
