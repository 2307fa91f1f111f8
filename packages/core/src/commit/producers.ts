/** The log's end of attaching producers: hands out stripes, takes them back when their thread is gone. */
import { type SharedProducerHandle, waitAsync } from "../append/producer.ts";
import type { Sequencer } from "../append/sequencer.ts";
import { SharedConsumer } from "../append/shared-consumer.ts";
import { sharedControl, sharedStripeMemory } from "../append/shared-stripe.ts";
import { WalError } from "../errors.ts";
import type { DurabilityPolicy } from "./durability.ts";
import type { Flusher } from "./flusher.ts";

/** The part of a worker that says when it is gone: Node's `Worker`, or anything that tells the same way. */
export interface ExitingWorker {
  once(event: "exit", listener: () => void): unknown;
}

export interface ProducerHandleOptions {
  /** Frees the stripe when this worker exits, crashes or is terminated. */
  readonly worker?: ExitingWorker;
}

export interface ProducerLimits {
  readonly stripes: number;
  readonly stripeBytes: number;
  readonly maxRecordBytes: number;
  readonly maxAppendBlockMs: number;
  readonly policy: DurabilityPolicy;
}

export class Producers {
  readonly #source: Sequencer;
  readonly #flusher: Flusher;
  readonly #limits: ProducerLimits;
  #control: Int32Array | undefined;

  constructor(source: Sequencer, flusher: Flusher, limits: ProducerLimits) {
    this.#source = source;
    this.#flusher = flusher;
    this.#limits = limits;
  }

  handle(options: ProducerHandleOptions = {}): SharedProducerHandle {
    const { stripes, stripeBytes, maxRecordBytes, maxAppendBlockMs, policy } = this.#limits;
    if (typeof SharedArrayBuffer === "undefined" || waitAsync === undefined) {
      throw new WalError(
        "WAL_UNSUPPORTED",
        "shared stripes need SharedArrayBuffer and Atomics.waitAsync (in browsers: cross-origin isolation)",
      );
    }
    this.#source.collect();
    if (this.#source.attached >= stripes) {
      throw new WalError(
        "WAL_BACKPRESSURE",
        `all ${stripes} stripes are attached; detach a producer, or open the log with more stripes`,
      );
    }
    this.#control ??= sharedControl();
    const memory = sharedStripeMemory(this.#control, stripeBytes);
    const stripe = new SharedConsumer(memory);
    this.#source.attach(stripe);
    this.#flusher.listen();
    options.worker?.once("exit", () => {
      this.#source.release(stripe);
      this.#flusher.pushed();
    });
    return {
      kind: "stria-shared-producer",
      memory,
      maxRecordBytes,
      maxAppendBlockMs,
      waits: policy.waits,
    };
  }
}
