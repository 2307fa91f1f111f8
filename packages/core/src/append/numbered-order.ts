/**
 * What has an LSN and waits for the flusher, in order: runs of entries that still lie in their
 * stripes. It hands whole entries to a frame and frees their room; it numbers nothing itself.
 */
import type { RingEntry } from "./ring-buffer.ts";
import type { SharedConsumer } from "./shared-consumer.ts";
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

/** So many runs that have gone are cut off at once. */
const CUT_OFF = 4096;

export class NumberedOrder {
  readonly #own: Stripe;
  /** Nothing from {@link #first} on while the own stripe alone decides. */
  #runs: Run[] = [];
  /** Those in front have gone; cut off now and then, since taking one off an array moves all others. */
  #first = 0;
  #records = 0;

  constructor(own: Stripe) {
    this.#own = own;
  }

  /** The own stripe's order is the order. */
  get isEmpty(): boolean {
    return this.#first === this.#runs.length;
  }

  get pendingRecords(): number {
    return this.isEmpty ? this.#own.pendingRecords : this.#records;
  }

  /** What the own stripe holds was numbered before anybody else came. */
  adoptOwn(): void {
    if (!this.isEmpty) return;
    for (const { records, bytes, outside } of this.#own.waiting()) {
      this.append(this.#own, { records, bytes, outside });
    }
  }

  /** The next entry of a stripe was numbered. */
  append(from: Stripe | SharedConsumer, entry: Omit<RingEntry, "stamp">): void {
    const { records, bytes, outside } = entry;
    const last = this.isEmpty ? undefined : this.#runs.at(-1);
    if (last === undefined || last.from !== from || isAlone(last) || outside) {
      this.#push({ from, entries: 1, records, bytes, outside, body: undefined });
      return;
    }
    last.entries++;
    last.records += records;
    last.bytes += bytes;
    this.#records += records;
  }

  /** As {@link append}, for an entry that was taken out of its stripe already. */
  appendBody(from: SharedConsumer, records: number, body: Uint8Array): void {
    this.#push({ from, entries: 1, records, bytes: body.length, outside: false, body });
  }

  /** Bytes of the next entry's body; `undefined` if nothing waits. */
  nextBytes(): number | undefined {
    const run = this.#runs[this.#first];
    if (run === undefined) return this.#own.nextBytes();
    if (run.body !== undefined) return run.bytes;
    return isShared(run.from) ? run.from.ring.nextBytes() : this.#own.nextBytes();
  }

  /** Whole entries from the front that fit into `limit` bytes; the first always does. */
  front(limit: number): Pieces {
    if (this.isEmpty) {
      const { entries, records, bytes, outside } = this.#own.run(limit);
      const run = { from: this.#own, entries, records, bytes, outside, body: undefined };
      return { runs: [run], records, bytes };
    }
    const first = this.#begin(limit);
    const pieces = { runs: [first], records: first.records, bytes: first.bytes };
    if (isAlone(first) || first !== this.#runs[this.#first]) return pieces;
    // Whole runs alone: what lies deeper in a ring is not looked at.
    for (let at = this.#first + 1; at < this.#runs.length; at++) {
      const run = this.#runs[at]!;
      if (isAlone(run) || pieces.bytes + run.bytes > limit) break;
      pieces.runs.push(run);
      pieces.records += run.records;
      pieces.bytes += run.bytes;
    }
    return pieces;
  }

  /** Moves the pieces to `into` at `at` and frees their room. */
  drain(pieces: Pieces, into: Uint8Array, at: number): void {
    let to = at;
    for (const piece of pieces.runs) {
      this.#move(piece, into, to);
      this.#forget(piece);
      to += piece.bytes;
    }
  }

  #push(run: Run): void {
    this.#records += run.records;
    this.#runs.push(run);
  }

  /** The first run, or a copy of as much of it as fits; at least one entry, whatever its size. */
  #begin(limit: number): Run {
    const run = this.#runs[this.#first]!;
    if (isAlone(run) || run.bytes <= limit) return run;
    const { from } = run;
    const ring = isShared(from) ? from.ring : from;
    const part = ring.run(limit, run.entries);
    return part.entries === run.entries ? run : { ...run, ...part };
  }

  #move(piece: Run, into: Uint8Array, at: number): void {
    const { from, body } = piece;
    if (!isShared(from)) {
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
    const run = this.#runs[this.#first];
    if (run === undefined) return;
    this.#records -= piece.records;
    if (piece === run) {
      this.#first++;
      if (this.#first < CUT_OFF && !this.isEmpty) return;
      this.#runs = this.#runs.slice(this.#first);
      this.#first = 0;
      return;
    }
    run.entries -= piece.entries;
    run.records -= piece.records;
    run.bytes -= piece.bytes;
  }
}

/** Told apart without the class, which a log without producers need not load. */
function isShared(from: Run["from"]): from is SharedConsumer {
  return "ring" in from;
}

/** A run that is a frame of its own: its bytes are not in a ring. */
function isAlone(run: Run): boolean {
  return run.body !== undefined || run.outside;
}
