/** This page's own worker with the log: started, watched, ended. Says why when it cannot be started. */
import { WalError } from "@stria/core";
import type { Port, RemoteWal } from "@stria/core/remote";
import { defaultWorker } from "../default-worker.ts";
import { hostLock, watchLock } from "../liveness.ts";
import { unsupported } from "../platform.ts";
import type { WalRequest } from "../wal-request.ts";

/** A worker that calls `hostWal`, or how to make one. One that is made anew can also be replaced. */
export type WorkerSource = Worker | (() => Worker);

/** The remote log that moves in. */
export interface Occupant extends RemoteWal {
  /** Its host is in this tab: memory can be shared, where the page is isolated. */
  movedIn(hostId: string): Promise<void>;
}

export class OwnHost {
  readonly #wal: Occupant;
  readonly #source: WorkerSource | undefined;
  #worker: Worker | undefined;
  #watching: AbortController | undefined;

  constructor(wal: Occupant, source: WorkerSource | undefined) {
    this.#wal = wal;
    this.#source = source;
  }

  /** Opens the log in the worker. Whatever fails, no worker of ours is left. `lost` is called at most once, after it has resolved. */
  async open(request: Omit<WalRequest, "hostId">, lost: (why: WalError) => void): Promise<void> {
    const hostId = crypto.randomUUID();
    const worker = startWorker(this.#source);
    this.#worker = worker;
    const failed = (event: Event): void => this.#wal.hostLost(startFailure(event));
    worker.addEventListener("error", failed);
    worker.addEventListener("messageerror", failed);
    try {
      const asked: WalRequest = { ...request, hostId };
      await this.#wal.attach(workerPort(worker), asked);
      await this.#wal.movedIn(hostId);
    } catch (error) {
      this.end();
      throw error;
    } finally {
      worker.removeEventListener("error", failed);
      worker.removeEventListener("messageerror", failed);
    }
    this.#watching = new AbortController();
    watchLock(hostLock(hostId), this.#watching.signal, () => {
      this.end();
      lost(new WalError("WAL_CLOSED", "the worker with the log was terminated or has crashed"));
    });
  }

  /** Ends the worker, if it is ours to end. The log in it should be closed before. */
  end(): void {
    this.#watching?.abort();
    if (this.#worker !== this.#source) this.#worker?.terminate();
    this.#worker = undefined;
  }
}

/** A worker started for one question; used where no log is to be opened. */
export function startWorker(source: WorkerSource | undefined): Worker {
  if (source instanceof Object && typeof source !== "function") return source;
  if (globalThis.Worker === undefined) {
    throw unsupported("there are no dedicated workers here: open the log on a page or in a worker");
  }
  try {
    return (source ?? defaultWorker)();
  } catch (cause) {
    const why = "the browser refuses the worker: serve its file from the same origin as the page";
    throw unsupported(why, cause);
  }
}

/** What an `error` event of a worker that has not answered yet means. */
export function startFailure(event: Event): WalError {
  const { message, filename } = event as Partial<ErrorEvent>;
  const place = filename === undefined || filename === "" ? "" : ` (${filename})`;
  const reason = message === undefined || message === "" ? "its file could not be loaded" : message;
  return unsupported(
    `the worker does not start: ${reason}${place}; it must be served as a JavaScript module, be allowed by ` +
      "the page's Content-Security-Policy (worker-src), and call hostWal()",
  );
}

function workerPort(worker: Worker): Port {
  return {
    postMessage: (message, transfer) => worker.postMessage(message, transfer as Transferable[]),
    addEventListener: (type, listener) => worker.addEventListener(type, listener),
    removeEventListener: (type, listener) => worker.removeEventListener(type, listener),
  };
}
