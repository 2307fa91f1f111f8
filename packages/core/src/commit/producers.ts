/** The log's end of attaching producers: hands out stripes, takes them back when their thread is gone. */
import type { RecordLimits } from "../append/record-limits.ts";
import type { Sequencer } from "../append/sequencer.ts";
import { SharedConsumer } from "../append/shared-consumer.ts";
import type { SharedProducerHandle } from "../append/shared-handle.ts";
import { sharedControl, sharedStripeMemory } from "../append/shared-stripe.ts";
import { WalError } from "../errors.ts";
import { type AbortSignalLike, whenAborted } from "../signal.ts";
import type { DurabilityPolicy } from "./durability.ts";
import type { Flusher } from "./flusher.ts";
import { type ProducerPath, bestProducerPath } from "./producer-path.ts";

/** The part of a worker that says when it is gone: Node's `Worker`, or anything that tells the same way. */
export interface ExitingWorker {
  once(event: "exit", listener: () => void): unknown;
  off?(event: "exit", listener: () => void): unknown;
}

/** Options of `wal.producerHandle`. */
export interface ProducerHandleOptions {
  /** Takes the stripe back when this worker exits, crashes or is terminated. */
  readonly worker?: ExitingWorker;
  /** Takes the stripe back when it fires: for workers that do not tell, after they were terminated. */
  readonly signal?: AbortSignalLike;
  /** How the two threads are connected; shared memory where the runtime has it. */
  readonly path?: ProducerPath;
}

export interface ProducerLimits extends RecordLimits {
  readonly stripes: number;
  readonly stripeBytes: number;
  readonly maxAppendBlockMs: number;
  readonly maxTotalBytes: number;
  readonly policy: DurabilityPolicy;
}

export class Producers {
  readonly #source: Sequencer;
  readonly #flusher: Flusher;
  readonly limits: ProducerLimits;
  #control: Int32Array | undefined;

  constructor(source: Sequencer, flusher: Flusher, limits: ProducerLimits) {
    this.#source = source;
    this.#flusher = flusher;
    this.limits = limits;
  }

  handle(options: ProducerHandleOptions = {}): SharedProducerHandle {
    const { stripes, stripeBytes, maxRecordBytes, maxBatchBytes } = this.limits;
    if (bestProducerPath !== "shared-memory") {
      throw new WalError(
        "WAL_UNSUPPORTED",
        "shared stripes need SharedArrayBuffer and Atomics.waitAsync (in browsers: cross-origin isolation)",
      );
    }
    // Whoever has left by now makes room.
    this.#flusher.gather();
    if (this.#source.attached >= stripes) {
      throw new WalError(
        "WAL_BACKPRESSURE",
        `all ${stripes} stripes are attached; detach a producer, or open the log with more stripes`,
      );
    }
    this.#control ??= sharedControl();
    const memory = sharedStripeMemory(this.#control, stripeBytes);
    this.#attach(new SharedConsumer(memory), options);
    return {
      kind: "stria-shared-producer",
      memory,
      limits: { maxRecordBytes, maxBatchBytes },
      maxAppendBlockMs: this.limits.maxAppendBlockMs,
      waits: this.limits.policy.waits,
      limited: this.limits.maxTotalBytes !== Infinity,
      transfer: [],
    };
  }

  #attach(stripe: SharedConsumer, options: ProducerHandleOptions): void {
    const { worker, signal } = options;
    const gone = (): void => {
      // What it had published is its last word.
      this.#flusher.gather();
      this.#source.release(stripe);
    };
    worker?.once("exit", gone);
    const forget = whenAborted(signal, gone);
    stripe.onDropped = () => {
      worker?.off?.("exit", gone);
      forget();
    };
    this.#source.attach(stripe);
    this.#flusher.attached();
  }
}
