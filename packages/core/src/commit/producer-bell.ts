/**
 * The flusher's ear for producers on other threads: they publish without a call, so it sleeps on one
 * shared word until one of them rings. Nothing is missed: a producer publishes, then looks whether the
 * flusher sleeps; the flusher says that it sleeps, then looks at what is published.
 */
import { waitAsync } from "../append/producer-sleep.ts";
import type { Sequencer } from "../append/sequencer.ts";
import { BELL, CLOSING, END_CODES, ENDED, LOG_STATE } from "../append/shared-stripe.ts";

export interface BellParts {
  readonly source: Sequencer;
  /** Nobody needs to ring: work is scheduled that will look anyway, or the log has ended. */
  readonly isAwake: () => boolean;
  /** What is published is looked at before long, whoever rings or not. */
  readonly willLook: () => boolean;
  /** Something was published or asked for; must take note of all of it. */
  readonly onNews: () => void;
  readonly onError: (error: unknown) => void;
}

export class ProducerBell {
  readonly #parts: BellParts;
  #asleep = false;
  /** What ASLEEP says. */
  #says: "awake" | "asleep" | "will look" = "awake";

  constructor(parts: BellParts) {
    this.#parts = parts;
  }

  /** Sleeps until somebody rings, unless there is something to do already. */
  listen(): void {
    const { source, isAwake, onNews } = this.#parts;
    while (source.attached > 0 && !isAwake()) {
      const willLook = this.#parts.willLook();
      if (this.#says === "asleep" || (this.#says === "will look" && willLook)) return;
      const bell = source.sleep({ willLook });
      if (bell === undefined) {
        this.#says = "awake";
        onNews();
      } else {
        this.#says = willLook ? "will look" : "asleep";
        if (!this.#asleep) void this.#sleep(source.control!, bell);
      }
    }
  }

  /** New appends are refused from now on; what is published is still taken. */
  closing(): void {
    const { source } = this.#parts;
    if (source.control === undefined) return;
    Atomics.compareExchange(source.control, LOG_STATE, 0, CLOSING);
    source.signal();
  }

  /** Producers learn from one word why nothing is acknowledged any more; the first reason stays. */
  ended(code: string): void {
    const { source } = this.#parts;
    const { control } = source;
    if (control === undefined) return;
    const known = END_CODES.findIndex((name) => name === code);
    const state = ENDED + (known < 0 ? END_CODES.indexOf("WAL_POISONED") : known);
    if (Atomics.load(control, LOG_STATE) < ENDED) Atomics.store(control, LOG_STATE, state);
    source.wake();
    source.signal();
    // Ends the sleep, too.
    Atomics.add(control, BELL, 1);
    Atomics.notify(control, BELL);
  }

  async #sleep(control: Int32Array, bell: number): Promise<void> {
    this.#asleep = true;
    try {
      await waitAsync!(control, BELL, bell).value;
      this.#asleep = false;
      this.#says = "awake";
      this.#parts.source.wake();
      if (this.#parts.isAwake()) return;
      this.#parts.onNews();
      this.listen();
    } catch (error) {
      this.#parts.onError(error);
    }
  }
}
