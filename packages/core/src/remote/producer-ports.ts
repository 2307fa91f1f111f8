/** The log's end of producers over message ports: counts them, serves them, lets go of them. */
import { messageChannel } from "../clock.ts";
import type { ProducerHandleOptions, ProducerLimits } from "../commit/producers.ts";
import { WalError } from "../errors.ts";
import { whenAborted } from "../signal.ts";
import type { HostableWal } from "../hostable-wal.ts";
import type { HostSession } from "./host-session.ts";
import { shareWal } from "./host-wal.ts";
import { LEAVE } from "./messages.ts";
import type { PortProducerHandle, ProducerPort } from "./port-producer.ts";

export class ProducerPorts {
  readonly #wal: HostableWal;
  readonly #limits: ProducerLimits;
  readonly #sessions = new Set<HostSession>();

  constructor(wal: HostableWal, limits: ProducerLimits) {
    this.#wal = wal;
    this.#limits = limits;
  }

  handle(options: ProducerHandleOptions): PortProducerHandle {
    const { stripes, stripeBytes, maxRecordBytes, maxBatchBytes, maxAppendBlockMs } = this.#limits;
    if (this.#sessions.size >= stripes) {
      throw new WalError(
        "WAL_BACKPRESSURE",
        `all ${stripes} places for producers are taken; detach one, or open the log with more stripes`,
      );
    }
    const { port1, port2 } = messageChannel<ProducerPort>();
    this.#serve(port1, options);
    return {
      kind: "stria-port-producer",
      port: port2,
      limits: { maxRecordBytes, maxBatchBytes },
      stripeBytes,
      maxAppendBlockMs,
      transfer: [port2],
    };
  }

  /** The log was closed: whoever still asks is told. */
  async dismiss(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.dismiss()));
    this.#sessions.clear();
  }

  #serve(port: ProducerPort, { worker, signal }: ProducerHandleOptions): void {
    const gone = (): void => {
      this.#sessions.delete(session);
      worker?.off?.("exit", lost);
      forget();
    };
    const lost = (): void => {
      gone();
      void session.detach();
      port.close?.();
    };
    const session = shareWal(port, {
      wal: this.#wal,
      answer: (verb) => {
        if (verb !== LEAVE) return Promise.reject(new TypeError(`unknown verb ${verb}`));
        gone();
        return Promise.resolve();
      },
    });
    this.#sessions.add(session);
    // Ports that tell of their end: the producer's thread is gone, whoever knows it or not.
    port.addEventListener("close" as "message", lost);
    worker?.once("exit", lost);
    const forget = whenAborted(signal, lost);
    // An idle producer keeps nobody alive.
    port.unref?.();
  }
}
