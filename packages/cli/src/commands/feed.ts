/** Puts records into a log as fast as it takes them: many in flight, memory bounded by the log's own. */
import { type Wal, isWalError } from "@stria/core";

/** A record this large would not fit into what `ready` waits for: it waits for itself. */
const LARGE_BYTES = 256 * 1024;
/** Batches that may wait for durability at once. */
const BATCHES_IN_FLIGHT = 64;

export class Feed {
  records = 0;
  bytes = 0;
  readonly #wal: Wal;
  readonly #batchSize: number | undefined;
  #batch: Uint8Array[] = [];
  readonly #inFlight: Promise<unknown>[] = [];

  /** With `batchSize`, so many records each become one atomic batch. */
  constructor(wal: Wal, batchSize: number | undefined) {
    this.#wal = wal;
    this.#batchSize = batchSize;
  }

  /** Appends copies of `records`, waiting for room where there is none. */
  async push(records: readonly Uint8Array[]): Promise<void> {
    for (const record of records) {
      if (this.#batchSize !== undefined) await this.#collect(record, this.#batchSize);
      else if (record.length > LARGE_BYTES) await this.#wal.append(record);
      else if (!this.#tryAppend(record)) await this.#appendWhenReady(record);
      this.records++;
      this.bytes += record.length;
    }
  }

  /** Resolves when everything is durable. */
  async finish(): Promise<void> {
    if (this.#batch.length > 0) await this.#appendBatch();
    await Promise.all(this.#inFlight);
    await this.#wal.commit();
  }

  #tryAppend(record: Uint8Array): boolean {
    try {
      this.#wal.appendAsync(record);
      return true;
    } catch (error) {
      if (isWalError(error, "WAL_BACKPRESSURE")) return false;
      throw error;
    }
  }

  async #appendWhenReady(record: Uint8Array): Promise<void> {
    do await this.#wal.ready();
    while (!this.#tryAppend(record));
  }

  async #collect(record: Uint8Array, size: number): Promise<void> {
    this.#batch.push(record);
    if (this.#batch.length === size) await this.#appendBatch();
  }

  async #appendBatch(): Promise<void> {
    const appended = this.#wal.appendBatch(this.#batch);
    this.#batch = [];
    // Awaited later, in order; a failure must not count as unhandled until then.
    appended.catch(() => {
      // Whatever it is, `shift` or `finish` gets the same promise and throws it.
    });
    this.#inFlight.push(appended);
    if (this.#inFlight.length > BATCHES_IN_FLIGHT) await this.#inFlight.shift();
  }
}
