/** Removing a log from a page: only a dedicated worker can touch the files, so one is started for it. */
import { fromWire } from "@stria/core/remote";
import { checkLogName } from "../options.ts";
import { isReply } from "../errand.ts";
import type { Errand } from "../errand.ts";
import { startFailure, startWorker } from "./own-host.ts";
import type { WorkerSource } from "./own-host.ts";

/**
 * Deletes log `name` of this origin with all its files, for good; does nothing where there is none.
 * Rejects with `WAL_LOCKED` while the log is open anywhere.
 */
export async function destroyWal(
  name: string,
  options: { worker?: WorkerSource; lockTimeoutMs?: number } = {},
): Promise<void> {
  const { worker: source, ...rest } = options;
  const errand: Errand = { kind: "destroy", name: checkLogName(name), options: rest };
  const worker = startWorker(source);
  try {
    await new Promise<void>((resolve, reject) => {
      worker.addEventListener("error", (event) => reject(startFailure(event)), { once: true });
      worker.addEventListener("message", ({ data }) => {
        if (!isReply(data)) return;
        if (data.error === undefined) resolve();
        else reject(fromWire(data.error));
      });
      worker.postMessage(errand);
    });
  } finally {
    if (worker !== source) worker.terminate();
  }
}
