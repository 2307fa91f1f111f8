/** The page of the tests' site: appends under load, says what was acknowledged, and reads it again. */
import { Wal, isWalError } from "@stria/core";
import { indexedDbStorage } from "../src/index.ts";

declare global {
  /** Given by the test: an acknowledgement has reached the outside. */
  var acknowledged: (lsn: number, text: string) => Promise<void>;
}

/** Opens the log and appends from `callers` at once until the browser dies. */
export async function load(log: string, life: number, callers: number): Promise<void> {
  const wal = await Wal.open({ storage: indexedDbStorage(log), segmentBytes: 128 * 1024 });
  let count = 0;
  const caller = async (): Promise<void> => {
    for (;;) {
      const text = `life ${life}, record ${count++} ${"x".repeat((count * 37) % 900)}`;
      const lsn = await wal.append(new TextEncoder().encode(text));
      await acknowledged(lsn, text);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

/** Appends until the log refuses; what it refuses with, and how many records it had acknowledged. */
export async function fill(log: string): Promise<{ code: unknown; acknowledged: number }> {
  const wal = await Wal.open({ storage: indexedDbStorage(log), segmentBytes: 1 << 20 });
  const noise = new Uint8Array(60_000); // noise, because browsers compress what they store
  let acknowledged = 0;
  try {
    for (; acknowledged < 1000; acknowledged++) await wal.append(crypto.getRandomValues(noise));
    return { code: "none", acknowledged };
  } catch (error) {
    if (!isWalError(error)) throw error;
    return { code: error.code, acknowledged };
  } finally {
    await wal.close();
  }
}

/** All records of the log by LSN, through a new opening of it. */
export async function records(log: string): Promise<[number, string][]> {
  const wal = await Wal.open({ storage: indexedDbStorage(log) });
  const found: [number, string][] = [];
  for await (const { lsn, payload } of wal.read()) {
    found.push([lsn, new TextDecoder().decode(payload)]);
  }
  await wal.close();
  return found;
}

/** Installs the site's service worker and waits until it answers. */
export async function serviceWorker(): Promise<void> {
  await navigator.serviceWorker.register("/service-worker.js", { type: "module" });
  await navigator.serviceWorker.ready;
}

/** Asks the service worker to append; resolves to the LSN when the record is durable. */
export function appendInServiceWorker(text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<{ lsn?: number; error?: string }>) => {
      port1.close();
      if (data.lsn === undefined) reject(new Error(data.error));
      else resolve(data.lsn);
    };
    navigator.serviceWorker.ready.then(
      ({ active }) => active?.postMessage(text, [port2]),
      (error: unknown) => reject(error),
    );
  });
}
