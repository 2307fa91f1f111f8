/**
 * Attaching a worker to the log of its page, and how the page learns that the worker has ended: the
 * worker holds a lock of the handle's name, which the browser takes back from the dead.
 */
import { attachProducer as attach } from "@stria/core";
import type { Producer, ProducerHandle } from "@stria/core";
import { holdLock, watchLock } from "./liveness.ts";

/** What `producerHandle()` of a page's log gives: post it to one worker, with its `transfer` list. */
export type TabProducerHandle = ProducerHandle & {
  /** Name of the lock the worker holds while it lives. */
  readonly life: string;
  /** Name of the lock the log's host holds while it lives. */
  readonly host: string;
};

/**
 * Attaches this worker to a log; `handle` comes from `producerHandle()` of the page's log.
 *
 * @example
 * ```ts
 * // in the worker
 * addEventListener("message", async ({ data }) => {
 *   const producer = attachProducer(data);
 *   await producer.append(new Uint8Array([1, 2, 3]));
 *   await producer.detach();
 * });
 * ```
 * @throws WalError `WAL_UNSUPPORTED` for a handle that is attached already, `WAL_CLOSED` for one that was taken back
 */
export function attachProducer(handle: ProducerHandle | TabProducerHandle): Producer {
  const producer = attach(handle);
  if ("life" in handle) live(handle, producer);
  return producer;
}

/** Holds the lock until the producer is detached, or this worker ends. */
function live(handle: TabProducerHandle, producer: Producer): void {
  const { life, host } = handle;
  const detach = producer.detach.bind(producer);
  const held = holdLock(life);
  const watching = new AbortController();
  producer.detach = async () => {
    try {
      await detach();
    } finally {
      watching.abort();
      (await held)();
    }
  };
  void announce(life);
  if (handle.kind !== "stria-port-producer") return;
  const port = handle.port as unknown as MessagePort;
  // Browsers do not tell a port that the worker at its other end was terminated.
  watchLock(host, watching.signal, () => port.dispatchEvent(new Event("close")));
}

/** Tells the page, which has the lock, that this worker stands in line for it. */
async function announce(life: string): Promise<void> {
  // Answered behind the request for the lock: that has arrived.
  await navigator.locks.query();
  const channel = new BroadcastChannel(life);
  channel.postMessage("attached");
  channel.close();
}

/** Calls `gone` once when the worker has ended that attaches with the lock whose name this resolves to. */
export async function watchProducer(gone: () => void): Promise<string> {
  const life = `stria-producer:${crypto.randomUUID()}`;
  const letGo = await holdLock(life);
  const channel = new BroadcastChannel(life);
  channel.addEventListener("message", () => {
    channel.close();
    letGo();
    watchLock(life, new AbortController().signal, gone);
  });
  return life;
}
