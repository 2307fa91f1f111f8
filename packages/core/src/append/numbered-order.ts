/**
 * What has an LSN and waits for the flusher, in order: runs of entries that still lie in their
 * stripes. It hands whole entries to a frame and frees their room; it numbers nothing itself.
 */
import { SharedConsumer } from "./shared-consumer.ts";
import type { Stripe } from "./stripe.ts";

/** Consecutive numbered entries of one stripe, still in it. */
interface Run {
  readonly from: Stripe | SharedConsumer;
  entries: number;
  records: number;
  bytes: number;
  /** Of the own stripe: the entry lies beside its ring. */
  readonly outside: boolean;
  /** Of a shared stripe: a large entry that was assembled from pieces. */
  readonly body: Uint8Array | undefined;
}

/** Entries for one frame, in order. */
export interface Pieces {
  readonly runs: readonly Run[];
  readonly records: number;
  readonly bytes: number;
}

export class NumberedOrder {
  readonly #own: Stripe;
  /** Empty while the own stripe alone decides. */
  readonly #runs: Run[] = [];
  #records = 0;

  constructor(own: Stripe) {
    this.#own = own;
  }

  /** The own stripe's order is the order. */
  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  get pendingRecords(): number {
    return this.isEmpty ? this.#own.pendingRecords : this.#records;
  }

  /** What the own stripe holds was numbered before anybody else came. */
  adoptOwn(): void {
    if (!this.isEmpty) return;
    const { entries, records, bytes } = this.#own.all();
    if (entries > 0) this.#push({ from: this.#own, entries, records, bytes, body: undefined });
  }

  /** The next entry of a stripe was numbered. */
  append(from: Stripe | SharedConsumer, records: number, bytes: number): void {
    const last = this.#runs.at(-1);
    if (last === undefined || last.from !== from || last.body !== undefined) {
      this.#push({ from, entries: 1, records, bytes, body: undefined });
      return;
    }
    last.entries++;
    last.records += records;
    last.bytes += bytes;
    this.#records += records;
  }

  /** As {@link append}, for an entry that was taken out of its stripe already. */
  appendBody(from: SharedConsumer, records: number, body: Uint8Array): void {
    this.#push({ from, entries: 1, records, bytes: body.length, body });
  }

  /** Bytes of the next entry's body; `undefined` if nothing waits. */
  nextBytes(): number | undefined {
    const run = this.#runs[0];
    if (run === undefined) return this.#own.nextBytes();
    if (run.body !== undefined) return run.bytes;
    return run.from instanceof SharedConsumer ? run.from.ring.peek(0).bytes : this.#own.nextBytes();
  }

  /** Whole entries from the front that fit into `limit` bytes; the first always does. */
  front(limit: number): Pieces {
    if (this.isEmpty) {
      const run = this.#own.run(limit);
      return { runs: [{ from: this.#own, body: undefined, ...run }], ...run };
    }
    const runs: Run[] = [];
    let records = 0;
    let bytes = 0;
    for (const run of this.#runs) {
      const part = this.#part(run, limit - bytes, records === 0);
      if (part === undefined) break;
      runs.push(part);
      records += part.records;
      bytes += part.bytes;
      if (part.entries < run.entries || part.body !== undefined) break;
    }
    return { runs, records, bytes };
  }

  /** Moves the pieces to `into` at `at` and frees their room. */
  drain(pieces: Pieces, into: Uint8Array, at: number): void {
    let to = at;
    for (const piece of pieces.runs) {
      // The piece may be the run itself, whose figures change below.
      const { bytes } = piece;
      this.#move(piece, into, to);
      this.#forget({ ...piece });
      to += bytes;
    }
  }

  #push(run: Omit<Run, "outside">): void {
    this.#records += run.records;
    this.#runs.push({ ...run, outside: false });
  }

  /** The entries at the front of `run` that fit; `first` = at least one, whatever its size. */
  #part(run: Run, limit: number, first: boolean): Run | undefined {
    if (run.body !== undefined) return first ? run : undefined;
    const part =
      run.from instanceof SharedConsumer
        ? run.from.ring.run(limit, run.entries, first)
        : this.#own.run(limit, run.entries, first);
    return part.entries === 0 ? undefined : { from: run.from, body: undefined, ...part };
  }

  #move(piece: Run, into: Uint8Array, at: number): void {
    const { from, body } = piece;
    if (!(from instanceof SharedConsumer)) {
      this.#own.drain(piece, into, at);
    } else if (body === undefined) {
      from.move(piece, into, at);
    } else {
      into.set(body, at);
      from.bodyLeft(piece.records);
    }
  }

  /** Takes a drained piece off the front. */
  #forget(piece: Run): void {
    const run = this.#runs[0];
    if (run === undefined) return;
    this.#records -= piece.records;
    run.entries -= piece.entries;
    run.records -= piece.records;
    run.bytes -= piece.bytes;
    if (run.entries <= 0) this.#runs.shift();
  }
}
