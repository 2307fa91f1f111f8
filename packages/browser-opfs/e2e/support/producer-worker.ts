/**
 * A worker that appends to its page's log as fast as it is answered, and tells the page of every
 * acknowledgement; `stop` ends it in good order.
 */
import { attachProducer } from "../../src/index.ts";
import type { TabProducerHandle } from "../../src/index.ts";

/** From the page. */
export type ToProducer =
  | { readonly kind: "start"; readonly handle: TabProducerHandle; readonly label: string }
  | { readonly kind: "stop" };

/** To the page. */
export type FromProducer =
  | { readonly kind: "acknowledged"; readonly entries: readonly (readonly [number, string])[] }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly error: string };

const CALLERS = 20;
let stopping = false;
let running: Promise<void> = Promise.resolve();

async function run(handle: TabProducerHandle, label: string): Promise<void> {
  const producer = attachProducer(handle);
  let entries: [number, string][] = [];
  const report = (): void => {
    if (entries.length > 0) post({ kind: "acknowledged", entries });
    entries = [];
  };
  let count = 0;
  const caller = async (): Promise<void> => {
    while (!stopping) {
      const text = `${label}/${count++}`;
      const lsn = await producer.append(new TextEncoder().encode(text));
      if (entries.push([lsn, text]) === 1) setTimeout(report);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  report();
  await producer.detach();
}

function post(message: FromProducer): void {
  globalThis.postMessage(message);
}

function failed(error: unknown): void {
  post({ kind: "failed", error: String(error) });
}

globalThis.addEventListener("message", ({ data }: MessageEvent<ToProducer>) => {
  if (data.kind === "start") {
    running = run(data.handle, data.label);
    running.catch(failed);
  } else {
    stopping = true;
    running.then(() => post({ kind: "stopped" }), failed);
  }
});
