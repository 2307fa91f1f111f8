/**
 * The host's end of producers of a log that lives in a thread of its own: hands out handles by
 * message, and hears from the other side when a producer's worker has exited.
 */
import type { ProducerHandle } from "../attach-producer.ts";
import type { Wal } from "../wal.ts";
import type { HostedWal } from "./host-session.ts";

/** Verbs for `RemoteWal.ask`. */
export const PRODUCER = "producer";
export const PRODUCER_GONE = "producer-gone";

/** A handle, and the number by which its end is told. */
export interface NumberedHandle {
  readonly number: number;
  readonly handle: ProducerHandle;
}

/** The log with its producers, for `hostWal`. */
export function withProducers(wal: Wal): HostedWal {
  const lives = new Map<number, () => void>();
  let numbers = 0;
  const makeHandle = (): NumberedHandle => {
    const number = ++numbers;
    const life = {
      once: (_event: "exit", gone: () => void) => lives.set(number, gone),
      off: () => lives.delete(number),
    };
    return { number, handle: wal.producerHandle({ worker: life, path: "shared-memory" }) };
  };
  return {
    wal,
    async answer(verb, argument) {
      switch (verb) {
        case PRODUCER:
          return makeHandle();
        case PRODUCER_GONE:
          lives.get(argument as number)?.();
          return undefined;
        default:
          throw new TypeError(`this host has no verb ${verb}`);
      }
    },
  };
}
