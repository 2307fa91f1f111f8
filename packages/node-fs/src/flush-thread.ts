/**
 * A log in a thread of its own: starts the worker, and tells of its end. What the worker does is in
 * flush-worker.ts; what the application sees of it is the core's.
 */
import { MessageChannel, Worker } from "node:worker_threads";
import type { HostThread } from "@stria/core";
import type { NodeStorageOptions } from "./node-storage.ts";

/** What the worker is told at its start. */
export interface FlushThreadData {
  readonly port: unknown;
  readonly directory: string;
  readonly options: NodeStorageOptions;
}

export function startFlushThread(directory: string, options: NodeStorageOptions): HostThread {
  const { port1, port2 } = new MessageChannel();
  const workerData: FlushThreadData = { port: port2, directory, options };
  // The built file also when this one runs from its source.
  const program = new URL("../dist/flush-worker.js", import.meta.url);
  // Flags of the application, such as loaders and conditions, are not this program's.
  const worker = new Worker(program, { workerData, transferList: [port2], execArgv: [] });
  let failure: Error | undefined;
  let isOver = false;
  const listeners: ((cause: Error) => void)[] = [];
  worker.once("error", (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", (code) => {
      isOver = true;
      const cause = failure ?? new Error(`the flush thread exited with code ${code}`);
      for (const listener of listeners) listener(cause);
      port1.close();
      resolve();
    });
  });
  return {
    port: port1 as unknown as HostThread["port"],
    onEnd(listener) {
      listeners.push(listener);
    },
    async end() {
      if (!isOver) await worker.terminate();
      await ended;
    },
  };
}
