/** Stria itself, in the configurations that are compared. */
import { type Durability, isWalError, Wal, type WalOptions, type WorkerWal } from "@stria/core";
import { encryption } from "@stria/encryption";
import { nodeStorage } from "@stria/node-fs";
import type { Contestant, Session, Use } from "../contestant.ts";

const MIB = 1024 * 1024;

export const stria: Contestant = {
  name: "stria",
  kind: "stria",
  guarantee: "one O_DSYNC write a group; checksum a frame",
  blocking: false,
  durableCalls: "pwrite64",
  open: (directory, use) => open(directory, use, {}),
  salvage: (directory, use) => open(directory, use, { recovery: "salvage" }),
};

/** The blocking call, for the rows of one writer without promises. */
export const striaSync: Contestant = {
  ...stria,
  name: "stria appendSync",
  blocking: true,
  open: async (directory, use) => {
    const { appendSync, read, close } = await open(directory, use, {});
    return { ...(appendSync && { appendSync }), ...(read && { read }), close };
  },
};

export const striaSealed: Contestant = {
  ...stria,
  name: "stria, encrypted",
  guarantee: "as stria, each frame sealed with AES-256-GCM",
  open: (directory, use) => {
    const key = new Uint8Array(32).fill(7);
    const cipher = encryption({ keys: [key], suite: "aes-256-gcm", implementation: "native" });
    return open(directory, use, { cipher });
  },
};

/** Acknowledges when buffered, writes and syncs every 10 ms. */
export const striaBuffered: Contestant = {
  ...stria,
  name: "stria appendAsync",
  guarantee: "buffered; written and synced every 10 ms or when half a stripe waits",
  open: (directory, use) => open(directory, use, {}, { mode: "async" }),
};

export const striaBufferedSealed: Contestant = {
  ...striaBuffered,
  name: "stria appendAsync, encrypted",
  open: (directory, use) => {
    const key = new Uint8Array(32).fill(7);
    const cipher = encryption({ keys: [key], suite: "aes-256-gcm", implementation: "native" });
    return open(directory, use, { cipher }, { mode: "async" });
  },
};

/** The log in a thread of its own; the application's thread copies records, no more. */
export const striaWorker: Contestant = {
  ...stria,
  name: "stria, flusher in a worker",
  guarantee: "as stria; written, checked and synced in a thread of its own",
  open: async (directory, use) => {
    const plain = options(directory, use);
    return sessionOf(await Wal.open({ ...plain, flusher: "worker" }));
  },
};

export const striaBufferedWorker: Contestant = {
  ...striaBuffered,
  name: "stria appendAsync, flusher in a worker",
  open: async (directory, use) => {
    const plain = options(directory, use, { mode: "async" });
    return sessionOf(await Wal.open({ ...plain, flusher: "worker" }));
  },
};

async function open(
  directory: string,
  use: Use,
  more: Partial<WalOptions>,
  durability?: Durability,
): Promise<Session> {
  return sessionOf(await Wal.open({ ...options(directory, use, durability), ...more }));
}

function options(
  directory: string,
  use: Use,
  durability: Durability = { mode: "synchronous" },
): Pick<WalOptions, "storage" | "durability" | "stripeBytes" | "segmentBytes" | "keepSegments"> {
  const wanted = use.inFlight * use.payloadBytes * 2;
  return {
    storage: nodeStorage(directory),
    durability,
    stripeBytes: Math.min(16 * MIB, Math.max(MIB, wanted)),
    ...(use.trimmed && { segmentBytes: 16 * MIB, keepSegments: 1 }),
  };
}

function sessionOf(wal: Wal | WorkerWal): Session {
  return {
    append: (record) => wal.append(record),
    appendSync: (record) => {
      wal.appendSync(record);
    },
    push: (record) => push(wal, record),
    settle: () => wal.commit(),
    trim: (count) => wal.checkpoint(Math.min(count, wal.durableLsn)),
    get: async (index) => (await wal.get(index + 1))?.payload,
    read: async (visit, first) => {
      const from = first === undefined ? {} : { from: first + 1 };
      for await (const batch of wal.readBatches(from)) {
        for (const { payload } of batch) visit(payload);
      }
    },
    follow: (visit) => follow(wal, visit),
    report: () => `tail ${wal.recovery.tail}, ${wal.recovery.carried} carried`,
    close: () => wal.close(),
  };
}

function push(wal: Wal | WorkerWal, record: Uint8Array): Promise<void> | undefined {
  try {
    wal.appendAsync(record);
    return undefined;
  } catch (error) {
    if (!isWalError(error, "WAL_BACKPRESSURE")) throw error;
    return pushWhenReady(wal, record);
  }
}

async function pushWhenReady(wal: Wal | WorkerWal, record: Uint8Array): Promise<void> {
  await wal.ready();
  await push(wal, record);
}

function follow(
  wal: Wal | WorkerWal,
  visit: (record: Uint8Array) => void,
): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const ended = (async (): Promise<void> => {
    try {
      const { signal } = stopping;
      for await (const batch of wal.readBatches({ follow: true, signal })) {
        for (const { payload } of batch) visit(payload);
      }
    } catch (error) {
      if (!isWalError(error, "WAL_ABORTED")) throw error;
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}
