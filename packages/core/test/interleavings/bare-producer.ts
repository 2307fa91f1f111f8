/** What the asynchronous calls of a producer do, with their sleeps blocking. */
import type { SharedStripeMemory } from "../../src/append/shared-stripe.ts";
import type { Protocol } from "./cases.ts";

export class BareProducer {
  readonly #protocol: Protocol;
  readonly #memory: SharedStripeMemory;
  readonly #publisher: InstanceType<Protocol["Publisher"]>;

  constructor(protocol: Protocol, memory: SharedStripeMemory) {
    this.#protocol = protocol;
    this.#memory = memory;
    this.#publisher = new protocol.Publisher(memory);
  }

  post(one: Uint8Array): void {
    const publisher = this.#publisher;
    const bytes = 4 + one.length;
    if (publisher.isCalm(bytes)) {
      publisher.publishCalm(one, bytes);
      return;
    }
    if (!publisher.fits(bytes)) {
      this.#blockUntil(() => {
        if (publisher.fits(bytes)) return true;
        this.#demand();
        return false;
      }, true);
    }
    publisher.publishUnwaited(one, bytes);
  }

  put(records: readonly Uint8Array[]): void {
    const bytes = records.reduce((sum, { length }) => sum + 4 + length, 0);
    const plan = this.#publisher.plan(records, bytes);
    this.#blockUntil(() => {
      if (plan.step()) return true;
      this.#demand();
      return false;
    }, true);
  }

  /** Waits for everything; returns the last LSN. */
  durable(): number {
    this.#demand();
    const entry = this.#publisher.published;
    this.#blockUntil(() => this.#publisher.durable() >= entry, false);
    return this.#publisher.lsnOf(entry);
  }

  #demand(): void {
    Atomics.store(this.#memory.ring.cursors, this.#protocol.DEMAND, 1);
    this.#publisher.wake();
  }

  #blockUntil(ready: () => boolean, forRoom: boolean): void {
    const { cursors } = this.#memory.ring;
    for (;;) {
      const signal = this.#protocol.goingToSleep(cursors, { forRoom });
      this.#publisher.answered(this.#publisher.durable());
      if (ready()) break;
      this.#protocol.sleepBlocking(cursors, signal, Infinity);
    }
    this.#protocol.awake(cursors);
  }
}
