/**
 * Readers on the remote side: blocks arrive ahead, two at most, and a reader that loses its host goes
 * on at the next one where it stood.
 */
import type { WalRecord } from "../format/records.ts";
import { type AbortSignalLike, abortError } from "../signal.ts";
import type { ToHost, WireBlock, WireReadOptions } from "./messages.ts";
import { unpackRecords } from "./record-block.ts";

type Send = (message: ToHost) => void;

/** One `read` in progress. */
interface Reader {
  options: WireReadOptions;
  readonly blocks: WalRecord[][];
  end: { error?: Error } | undefined;
  wake: (() => void) | undefined;
}

export class RemoteReaders {
  readonly #readers = new Map<number, Reader>();
  #send: Send | undefined;
  #last = 0;

  async *read(
    options: WireReadOptions,
    signal: AbortSignalLike | undefined,
  ): AsyncGenerator<WalRecord[], void, undefined> {
    const id = ++this.#last;
    const reader: Reader = { options, blocks: [], end: undefined, wake: undefined };
    this.#readers.set(id, reader);
    this.#send?.({ kind: "read", reader: id, options });
    const abort = (): void => reader.wake?.();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      for (;;) {
        if (signal?.aborted === true) throw abortError(signal, "the wait was given up");
        const block = reader.blocks.shift();
        if (block !== undefined) {
          this.#send?.({ kind: "more", reader: id });
          yield block;
        } else if (reader.end === undefined) {
          await news(reader);
        } else if (reader.end.error === undefined) {
          return;
        } else {
          throw reader.end.error;
        }
      }
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#readers.delete(id);
      if (reader.end === undefined) this.#send?.({ kind: "stop", reader: id });
    }
  }

  block(id: number, block: WireBlock): void {
    const reader = this.#readers.get(id);
    if (reader === undefined) return;
    const records = unpackRecords(block);
    reader.blocks.push(records);
    reader.options = resumed(reader.options, records);
    reader.wake?.();
  }

  end(id: number, error: Error | undefined): void {
    const reader = this.#readers.get(id);
    if (reader === undefined) return;
    reader.end = error === undefined ? {} : { error };
    reader.wake?.();
  }

  connected(send: Send): void {
    this.#send = send;
    for (const [id, { options, end }] of this.#readers) {
      if (end !== undefined) continue;
      const { from = 1, to = Infinity } = options;
      if (from > to) this.end(id, undefined);
      else send({ kind: "read", reader: id, options });
    }
  }

  /** The host is gone; readers wait for the next one. */
  disconnected(): void {
    this.#send = undefined;
  }

  /** No host will ever come again. */
  abandon(error: Error): void {
    for (const [id, { end }] of this.#readers) if (end === undefined) this.end(id, error);
  }
}

/** The same read from behind the records that have arrived. */
function resumed(options: WireReadOptions, records: readonly WalRecord[]): WireReadOptions {
  const { to, follow } = options;
  return {
    from: (records.at(-1)?.lsn ?? 0) + 1,
    ...(to === undefined ? {} : { to }),
    ...(follow === undefined ? {} : { follow }),
  };
}

async function news(reader: Reader): Promise<void> {
  await new Promise<void>((resolve) => {
    reader.wake = resolve;
  });
  reader.wake = undefined;
}
