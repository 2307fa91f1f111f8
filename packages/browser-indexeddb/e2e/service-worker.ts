/**
 * A service worker with a log: the outbox of an application that must not forget what it was told.
 * The browser may end it between any two messages, so each message opens and closes the log.
 */
import { Wal } from "@stria/core";
import { indexedDbStorage } from "../src/index.ts";

declare const self: ServiceWorkerGlobalScope;

self.addEventListener("message", (event) => {
  const answer = (text: unknown): void => event.ports[0]?.postMessage(text);
  event.waitUntil(
    append(String(event.data)).then(
      (lsn) => answer({ lsn }),
      (error: unknown) => answer({ error: String(error) }),
    ),
  );
});

async function append(text: string): Promise<number> {
  const wal = await Wal.open({ storage: indexedDbStorage("outbox") });
  const lsn = await wal.append(new TextEncoder().encode(text));
  await wal.close();
  return lsn;
}
