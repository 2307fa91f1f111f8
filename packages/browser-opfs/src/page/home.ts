/** Where a page's log lives: a worker of its own, or, among several tabs, whichever tab is first. */
import type { WalRequest } from "../wal-request.ts";
import { OwnHost } from "./own-host.ts";
import type { Occupant, WorkerSource } from "./own-host.ts";

/** Finds the log a host, and another one when that is needed. */
export interface Home {
  /** Resolves when the log is open. May be called again after `end`. */
  start(): Promise<void>;
  /** Lets go of workers, locks and channels. */
  end(): void;
}

/** One tab, one worker, nobody else. */
export class ExclusiveHome implements Home {
  readonly #wal: Occupant;
  readonly #request: Omit<WalRequest, "hostId">;
  readonly #own: OwnHost;

  constructor(
    wal: Occupant,
    request: Omit<WalRequest, "hostId">,
    worker: WorkerSource | undefined,
  ) {
    this.#wal = wal;
    this.#request = request;
    this.#own = new OwnHost(wal, worker);
  }

  async start(): Promise<void> {
    await this.#own.open(this.#request, (why) => this.#wal.abandon(why));
  }

  end(): void {
    this.#own.end();
  }
}
