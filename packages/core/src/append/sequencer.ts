/**
 * One order for all producers: takes what the stripes have published in the order of its stamps and
 * gives out dense LSNs. The log's own thread is numbered at once; before that, everything other
 * threads have published is numbered first, so that a message from a worker is never overtaken.
 * While no other thread is attached it costs nothing: the own stripe's order is the order.
 */
import { NumberedOrder, type Pieces } from "./numbered-order.ts";
import type { SharedConsumer } from "./shared-consumer.ts";
import { ASLEEP, BELL, SPACE, STAMP, WILL_LOOK, ahead } from "./shared-stripe.ts";
import type { Stripe, StripeStats } from "./stripe.ts";

export class Sequencer {
  /** Bytes `maxTotalBytes` leaves, where there is one: producers are told. */
  spaceLeft: (() => number) | undefined;
  readonly #own: Stripe;
  readonly #order: NumberedOrder;
  readonly #shared: SharedConsumer[] = [];
  #control: Int32Array | undefined;
  #nextLsn: number;
  #given = 0;
  #blocked = false;
  #sleeps = 0;

  constructor(own: Stripe, nextLsn: number) {
    this.#own = own;
    this.#order = new NumberedOrder(own);
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
    return this.#order.pendingRecords;
  }

  get pendingBytes(): number {
    let bytes = this.#own.pendingBytes;
    for (const stripe of this.#shared) bytes += stripe.ring.used();
    return bytes;
  }

  /** True if some stripe is at least half full. */
  get crowded(): boolean {
    return (
      this.#own.pendingBytes * 2 >= this.#own.capacity ||
      this.#shared.some(({ ring, memory }) => ring.used() * 2 >= memory.ring.data.length)
    );
  }

  /** The words all stripes share; `undefined` before the first one was attached. */
  get control(): Int32Array | undefined {
    return this.#control;
  }

  /** A large entry waits until what stands before it in its stripe has gone. */
  get blocked(): boolean {
    return this.#blocked;
  }

  attach(stripe: SharedConsumer): void {
    this.#control = stripe.memory.control;
    this.#order.adoptOwn();
    this.#shared.push(stripe);
    this.#allow();
  }

  /** Numbers what the own thread has just pushed; returns the first LSN. */
  numberOwn(records: number, bytes: number): number {
    const lsn = this.#give(records);
    if (this.#shared.length > 0 || !this.#order.isEmpty) {
      this.#order.append(this.#own, { records, bytes, outside: bytes > this.#own.capacity });
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
    for (const stripe of this.#shared) stripe.look();
    for (let next = this.#oldest(limit); next !== undefined; next = this.#oldest(limit)) {
      this.#take(next);
    }
    this.#dropGone();
  }

  /** True if a producer has asked for something since the last look. To be read before {@link collect}. */
  demanded(): boolean {
    let some = false;
    for (const stripe of this.#shared) some = stripe.demanded() || some;
    // It may be space that is asked for.
    if (some) this.#allow();
    return some;
  }

  /** Bytes of the next entry's body; `undefined` if nothing waits. */
  nextBytes(): number | undefined {
    return this.#order.nextBytes();
  }

  /** Whole entries from the front that fit into `limit` bytes; the first always does. */
  run(limit: number): Pieces {
    return this.#order.front(limit);
  }

  /** Moves the pieces to `into` at `at` and frees their room. */
  drain(pieces: Pieces, into: Uint8Array, at: number): void {
    this.#order.drain(pieces, into, at);
  }

  /** Everything up to `lsn` is durable. */
  acknowledge(lsn: number): void {
    if (this.#shared.length === 0) return;
    for (const stripe of this.#shared) stripe.acknowledge(lsn);
    this.#dropGone();
    this.#allow();
  }

  /** Tells producers who wait for numbers alone. */
  announce(): void {
    for (const stripe of this.#shared) stripe.announce();
  }

  /** Wakes producers who wait for room: there is some. */
  signalRoom(): void {
    for (const stripe of this.#shared) stripe.signalRoom();
  }

  /** Wakes every producer: the log ends. */
  signal(): void {
    for (const stripe of this.#shared) stripe.signal();
  }

  /**
   * Announces that the flusher goes to sleep on BELL while it has the returned value; `undefined` if
   * there is something to do. First ASLEEP, then BELL, then the look: whoever publishes after the
   * look finds ASLEEP odd and changes BELL. Who `willLook` hears only from producers that wait.
   */
  sleep({ willLook }: { willLook: boolean }): number | undefined {
    const control = this.#control!;
    this.#sleeps = (awakeAfter(this.#sleeps) + 4) | (willLook ? WILL_LOOK | 1 : 1);
    Atomics.store(control, ASLEEP, this.#sleeps);
    const bell = Atomics.load(control, BELL);
    if (!this.#shared.some((stripe) => stripe.hasNews())) return bell;
    this.wake();
    return undefined;
  }

  /** The flusher is awake: nobody needs to ring. */
  wake(): void {
    if (this.#control !== undefined) Atomics.store(this.#control, ASLEEP, awakeAfter(this.#sleeps));
  }

  /** The producer of this stripe is gone: what has an LSN stays, what it had begun goes. */
  release(stripe: SharedConsumer): void {
    stripe.abandon();
    this.#dropGone();
  }

  stats(): StripeStats[] {
    return [this.#own.stats(), ...this.#shared.map((stripe) => stripe.stats())];
  }

  /** The stripe with the smallest stamp up to `limit`. */
  #oldest(limit: number): SharedConsumer | undefined {
    let oldest: SharedConsumer | undefined;
    let stamp = 0;
    for (const stripe of this.#shared) {
      const entry = stripe.next;
      if (entry === undefined) continue;
      if (entry.records === 0) {
        // A piece of a large entry has no stamp of its own: it is taken whenever that is possible.
        if (stripe.takesPieces) return stripe;
        this.#blocked = true;
        continue;
      }
      if (ahead(entry.stamp, limit) >= 0) continue;
      if (oldest === undefined || ahead(entry.stamp, stamp) < 0) {
        oldest = stripe;
        stamp = entry.stamp;
      }
    }
    return oldest;
  }

  #take(stripe: SharedConsumer): void {
    const { records, bytes, outside } = stripe.next!;
    if (records === 0) {
      stripe.takePiece();
    } else if (outside) {
      this.#order.appendBody(stripe, records, stripe.takeLast(records, this.#lastOf(records)));
    } else {
      stripe.number(records, this.#lastOf(records));
      this.#order.append(stripe, { records, bytes, outside });
    }
  }

  #lastOf(records: number): number {
    return this.#give(records) + records - 1;
  }

  #give(records: number): number {
    const lsn = this.#nextLsn;
    this.#nextLsn += records;
    this.#given += records;
    return lsn;
  }

  #allow(): void {
    if (this.spaceLeft === undefined || this.#control === undefined) return;
    Atomics.store(this.#control, SPACE, Math.max(0, Math.min(this.spaceLeft(), 0x7fff_ffff)));
  }

  #dropGone(): void {
    for (let i = this.#shared.length - 1; i >= 0; i--) {
      const stripe = this.#shared[i]!;
      if (!stripe.gone) continue;
      this.#shared.splice(i, 1);
      stripe.onDropped?.();
    }
  }
}

/** What ASLEEP is after this sleep. */
function awakeAfter(sleep: number): number {
  return sleep & ~(WILL_LOOK | 1);
}
