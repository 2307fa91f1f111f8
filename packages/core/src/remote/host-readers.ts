/**
 * Readers on the other side of the port. Each gets blocks of records, at most two ahead of what it has
 * taken up, so that a slow reader costs two blocks of memory and no more.
 */
import type { HostableWal } from "../hostable-wal.ts";
import { Cancellation } from "./cancellation.ts";
import type { ToRemote, WireReadOptions } from "./messages.ts";
import { packRecords } from "./record-block.ts";
import { toWire } from "./wire-error.ts";

/** Blocks on the way to one reader. */
const CREDIT = 2;

interface Reader {
  readonly cancellation: Cancellation;
  credit: number;
  wake: (() => void) | undefined;
}

export class HostReaders {
  readonly #wal: HostableWal;
  readonly #post: (message: ToRemote, transfer?: ArrayBuffer[]) => void;
  readonly #readers = new Map<number, Reader>();
  readonly #running = new Set<Promise<void>>();

  constructor(wal: HostableWal, post: (message: ToRemote, transfer?: ArrayBuffer[]) => void) {
    this.#wal = wal;
    this.#post = post;
  }

  start(id: number, options: WireReadOptions): void {
    const reader: Reader = { cancellation: new Cancellation(), credit: CREDIT, wake: undefined };
    this.#readers.set(id, reader);
    const running = this.#run(id, reader, options).finally(() => {
      this.#readers.delete(id);
      this.#running.delete(running);
    });
    this.#running.add(running);
  }

  /** The reader has taken up a block. */
  more(id: number): void {
    const reader = this.#readers.get(id);
    if (reader === undefined) return;
    reader.credit++;
    reader.wake?.();
  }

  stop(id: number): void {
    const reader = this.#readers.get(id);
    reader?.cancellation.abort();
    reader?.wake?.();
  }

  /** Resolves when no reader holds on to a segment any more. */
  async stopAll(): Promise<void> {
    for (const id of this.#readers.keys()) this.stop(id);
    await Promise.all(this.#running);
  }

  async #run(id: number, reader: Reader, options: WireReadOptions): Promise<void> {
    const { cancellation } = reader;
    try {
      for await (const records of this.#wal.readBatches({ ...options, signal: cancellation })) {
        while (reader.credit === 0 && !cancellation.aborted) await woken(reader);
        if (cancellation.aborted) return;
        reader.credit--;
        const block = packRecords(records);
        this.#post({ kind: "block", reader: id, block }, [block.bytes]);
      }
      this.#post({ kind: "end", reader: id });
    } catch (error) {
      // Whoever stopped reading is not told that reading was stopped.
      if (!cancellation.aborted) this.#post({ kind: "end", reader: id, error: toWire(error) });
    }
  }
}

async function woken(reader: Reader): Promise<void> {
  await new Promise<void>((resolve) => {
    reader.wake = resolve;
  });
  reader.wake = undefined;
}
