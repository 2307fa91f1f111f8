/** `--acks`: each LSN on standard output, in order, once it is durable and not before. */
import type { Wal } from "@stria/core";
import { ReaderGone, output } from "../output/output.ts";

/** So many LSNs go into one write. */
const LINES_AT_ONCE = 10_000;

export class Acknowledgements {
  readonly #wal: Wal;
  readonly #json: boolean;
  #written: number;
  #running: Promise<void> | undefined;
  #failure: unknown;
  #readerGone = false;

  constructor(wal: Wal, json: boolean) {
    this.#wal = wal;
    this.#json = json;
    this.#written = wal.durableLsn;
  }

  /** To be called after appending: starts to wait for what is not acknowledged yet. */
  announce(): void {
    if (this.#failure !== undefined || this.#readerGone) return;
    this.#running ??= this.#run()
      .catch((error: unknown) => {
        // Records go on being appended when nobody reads the acknowledgements any more.
        if (error instanceof ReaderGone) this.#readerGone = true;
        else this.#failure = error;
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Resolves when every LSN has been written. */
  async finish(): Promise<void> {
    await this.#running;
    this.announce();
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #run(): Promise<void> {
    while (this.#written < this.#wal.nextLsn - 1) {
      await this.#wal.durable(this.#written + 1);
      const to = Math.min(this.#wal.durableLsn, this.#written + LINES_AT_ONCE);
      let lines = "";
      for (let lsn = this.#written + 1; lsn <= to; lsn++) {
        lines += this.#json ? `{"lsn":${lsn}}\n` : `${lsn}\n`;
      }
      this.#written = to;
      await output(lines);
    }
  }
}
