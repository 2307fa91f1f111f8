/**
 * The host's end of producers of a log that lives in a thread of its own: hands out handles by
 * message, and hears from the other side when a producer's worker has exited.
 */
import { HandedOutStripes } from "../append/end-stripes.ts";
import type { ProducerHandle } from "../attach-producer.ts";
import type { ProducerPath } from "../commit/producer-path.ts";
import type { Wal } from "../wal.ts";
import type { HostedWal } from "./host-session.ts";

/** Verbs for `RemoteWal.ask`. */
export const PRODUCER = "producer";
export const PRODUCER_GONE = "producer-gone";

/** A handle, and the number by which its end is told. */
export interface NumberedHandle {
  readonly number: number;
  readonly handle: ProducerHandle;
  /** Moves with it. */
  readonly transfer: ProducerHandle["transfer"];
}

/** A hosted log that gives handles to its remote. */
export interface WalWithProducers extends HostedWal {
  answer(verb: string, argument: unknown): Promise<unknown>;
  /**
   * To be called as this thread's last act, whatever ends it: producers that wait for it, even blocked
   * ones, hear that the outcome is unknown. After an ordered close it says nothing new.
   */
  lastWords(): void;
}

/** The log with its producers, for `hostWal`. */
export function withProducers(wal: Wal): WalWithProducers {
  return { wal, ...producerAnswers(wal) };
}

/** The part of {@link withProducers} that needs no more of a log than handles. */
export function producerAnswers(
  source: Pick<Wal, "producerHandle">,
): Omit<WalWithProducers, "wal"> {
  const stripes = new HandedOutStripes();
  const lives = new Map<number, () => void>();
  let numbers = 0;
  const makeHandle = (path: ProducerPath = "shared-memory"): NumberedHandle => {
    const number = ++numbers;
    const life = {
      once: (_event: "exit", gone: () => void) => lives.set(number, gone),
      off: () => lives.delete(number),
    };
    const handle = source.producerHandle({ worker: life, path });
    if (handle.kind === "stria-shared-producer") stripes.add(handle.memory);
    return { number, handle, transfer: handle.transfer };
  };
  return {
    lastWords: () => stripes.end(),
    async answer(verb, argument) {
      switch (verb) {
        case PRODUCER:
          return makeHandle(argument as ProducerPath | undefined);
        case PRODUCER_GONE:
          lives.get(argument as number)?.();
          return undefined;
        default:
          throw new TypeError(`this host has no verb ${verb}`);
      }
    },
  };
}
