/**
 * One order for all producers: takes what the stripes have published in the order of its stamps and
 * gives out dense LSNs. The log's own thread is numbered at once; before that, everything other
 * threads have published is numbered first, so that a message from a worker is never overtaken.
 * While no other thread is attached it costs nothing: the own stripe's order is the order.
 */
import { SharedConsumer } from "./shared-consumer.ts";
import { ATTACHED, SLEEPING, STAMP, STATE, ahead } from "./shared-stripe.ts";
import type { Stripe, StripeStats } from "./stripe.ts";

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

export class Sequencer {
  readonly #own: Stripe;
  readonly #shared: SharedConsumer[] = [];
  #control: Int32Array | undefined;
  /** Numbered and not drained; empty while the own stripe alone decides. */
  readonly #order: Run[] = [];
  #orderRecords = 0;
  #nextLsn: number;
  #given = 0;
  #blocked = false;

  constructor(own: Stripe, nextLsn: number) {
    this.#own = own;
    this.#nextLsn = nextLsn;
  }

  /** LSN of the next record. */
  get nextLsn(): number {
    return this.#nextLsn;
  }

  /** Records given an LSN since the log was opened. */
  get given(): number {
    return this.#given;
  }

  get attached(): number {
    return this.#shared.length;
  }

  /** Records that have an LSN and wait for the flusher. */
  get pendingRecords(): number {
    return this.#order.length === 0 ? this.#own.pendingRecords : this.#orderRecords;
  }

  get pendingBytes(): number {
    const shared = this.#shared.reduce((sum, stripe) => sum + stripe.ring.used(), 0);
    return this.#own.pendingBytes + shared;
  }

  /** True if some stripe is at least half full. */
  get crowded(): boolean {
    return (
      this.#own.pendingBytes * 2 >= this.#own.capacity ||
      this.#shared.some(({ ring, memory }) => ring.used() * 2 >= memory.ring.data.length)
    );
  }

  attach(stripe: SharedConsumer): void {
    this.#control = stripe.memory.control;
    if (this.#order.length === 0) this.#adoptOwn();
    this.#shared.push(stripe);
  }

  /** Numbers what the own thread has just pushed; returns the first LSN. */
  numberOwn(records: number, bytes: number): number {
    const lsn = this.#give(records);
    if (this.#shared.length > 0 || this.#order.length > 0) {
      this.#append(this.#own, records, bytes);
    }
    return lsn;
  }

  /**
   * Numbers everything published so far, in the order of the stamps. The counter is read before the
   * stripes: whatever is published with a smaller stamp was published before, or its `append` has not
   * returned and nobody can depend on its place.
   */
  collect(): void {
    this.#blocked = false;
    if (this.#shared.length === 0 || this.#control === undefined) return;
    const limit = Atomics.load(this.#control, STAMP);
    for (;;) {
      const next = this.#oldest(limit);
      if (next === undefined) break;
      if (this.#take(next)) continue;
      this.#blocked = true;
      break;
    }
    this.#dropDetached();
  }

  /** A large entry waits until what stands before it in its ring is drained. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** True if a producer has asked for durability since the last look. */
  demanded(): boolean {
    return this.#shared.filter((stripe) => stripe.demanded()).length > 0;
  }

  /** The words all stripes share; `undefined` before the first one was attached. */
  get control(): Int32Array | undefined {
    return this.#control;
  }

  /** Bytes of the next entry's body; `undefined` if nothing waits. */
  nextBytes(): number | undefined {
    const run = this.#order[0];
    if (run === undefined) return this.#own.nextBytes();
    if (run.body !== undefined) return run.bytes;
    return run.from instanceof SharedConsumer ? run.from.ring.peek(0).bytes : this.#own.nextBytes();
  }

  /** Whole entries from the front that fit into `limit` bytes; the first always does. */
  run(limit: number): Pieces {
    if (this.#order.length === 0) {
      const run = this.#own.run(limit);
      return { runs: [{ from: this.#own, body: undefined, ...run }], ...run };
    }
    const runs: Run[] = [];
    let records = 0;
    let bytes = 0;
    for (const run of this.#order) {
      const part = this.#front(run, limit - bytes, records === 0);
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
      this.#move(piece, into, to);
      to += piece.bytes;
    }
    for (const piece of pieces.runs) this.#forget({ ...piece });
  }

  /** Everything up to `lsn` is durable. */
  acknowledge(lsn: number): void {
    for (const stripe of this.#shared) stripe.acknowledge(lsn);
    this.#dropDetached();
  }

  /** Wakes every producer: room, numbers or the end of the log. */
  signal(): void {
    for (const stripe of this.#shared) stripe.signal();
  }

  /** Announces that the flusher goes to sleep; false if something was published meanwhile. */
  sleep(): boolean {
    const control = this.#control;
    if (control === undefined || this.#shared.length === 0) return false;
    Atomics.store(control, SLEEPING, 1);
    const work = this.#shared.some(
      (stripe) => stripe.nextUnnumbered() !== undefined || this.#gone(stripe),
    );
    if (work) Atomics.store(control, SLEEPING, 0);
    return !work;
  }

  /** The producer of this stripe is gone: what it published stays, what it had begun goes. */
  release(stripe: SharedConsumer): void {
    Atomics.store(stripe.memory.ring.cursors, STATE, ATTACHED + 1);
    this.collect();
    stripe.assemble();
  }

  stats(): StripeStats[] {
    return [this.#own.stats(), ...this.#shared.map((stripe) => stripe.stats())];
  }

  /** The stripe with the smallest stamp up to `limit`. */
  #oldest(limit: number): SharedConsumer | undefined {
    let oldest: SharedConsumer | undefined;
    let stamp = 0;
    for (const stripe of this.#shared) {
      const entry = stripe.nextUnnumbered();
      if (entry === undefined) continue;
      // A piece of a large entry has no stamp of its own: it is taken whenever it comes up.
      if (entry.records === 0) return stripe;
      if (ahead(entry.stamp, limit) >= 0) continue;
      if (oldest === undefined || ahead(entry.stamp, stamp) < 0) {
        oldest = stripe;
        stamp = entry.stamp;
      }
    }
    return oldest;
  }

  /** Numbers the stripe's next entry; false if it must wait until the ring is drained. */
  #take(stripe: SharedConsumer): boolean {
    const entry = stripe.nextUnnumbered()!;
    const { records, bytes } = entry;
    if (!entry.outside && records > 0) {
      stripe.number(records, this.#give(records) + records - 1);
      this.#append(stripe, records, bytes);
      return true;
    }
    if (!stripe.drained) return false;
    if (records === 0) {
      stripe.takePiece(bytes);
      stripe.signal();
      return true;
    }
    stripe.number(records, this.#give(records) + records - 1);
    const last = new Uint8Array(bytes);
    stripe.ring.copy(bytes, last, 0);
    stripe.ring.take(1, bytes);
    const head = stripe.assemble();
    const body = new Uint8Array(head.length + bytes);
    body.set(head);
    body.set(last, head.length);
    this.#order.push({
      from: stripe,
      entries: 1,
      records,
      bytes: body.length,
      outside: false,
      body,
    });
    this.#orderRecords += records;
    stripe.signal();
    return true;
  }

  #give(records: number): number {
    const lsn = this.#nextLsn;
    this.#nextLsn += records;
    this.#given += records;
    return lsn;
  }

  #append(from: Stripe | SharedConsumer, records: number, bytes: number): void {
    this.#orderRecords += records;
    const last = this.#order.at(-1);
    if (last !== undefined && last.from === from && last.body === undefined) {
      last.entries++;
      last.records += records;
      last.bytes += bytes;
    } else {
      this.#order.push({ from, entries: 1, records, bytes, outside: false, body: undefined });
    }
  }

  /** What the own stripe holds was numbered before anybody else came. */
  #adoptOwn(): void {
    const { entries, records, bytes } = this.#own.all();
    if (entries === 0) return;
    this.#orderRecords = records;
    this.#order.push({ from: this.#own, entries, records, bytes, outside: false, body: undefined });
  }

  /** The entries at the front of `run` that fit; `first` = at least one, whatever its size. */
  #front(run: Run, limit: number, first: boolean): Run | undefined {
    if (run.body !== undefined) return first ? run : undefined;
    const part =
      run.from instanceof SharedConsumer
        ? run.from.ring.run(limit, run.entries, first)
        : this.#own.run(limit, run.entries, first);
    return part.entries === 0 ? undefined : { from: run.from, body: undefined, ...part };
  }

  #move(piece: Run, into: Uint8Array, at: number): void {
    const { from } = piece;
    if (from instanceof SharedConsumer) {
      from.left(piece.records);
      if (piece.body !== undefined) {
        into.set(piece.body, at);
        return;
      }
      from.ring.copy(piece.bytes, into, at);
      from.ring.take(piece.entries, piece.bytes);
    } else {
      this.#own.drain(piece, into, at);
    }
  }

  /** Takes a drained piece off the front of the order. */
  #forget(piece: Run): void {
    const run = this.#order[0];
    if (run === undefined) return;
    this.#orderRecords -= piece.records;
    run.entries -= piece.entries;
    run.records -= piece.records;
    run.bytes -= piece.bytes;
    if (run.entries <= 0) this.#order.shift();
  }

  #gone(stripe: SharedConsumer): boolean {
    return !stripe.attached && stripe.idle;
  }

  #dropDetached(): void {
    for (let i = this.#shared.length - 1; i >= 0; i--) {
      if (this.#gone(this.#shared[i]!)) this.#shared.splice(i, 1);
    }
  }
}
