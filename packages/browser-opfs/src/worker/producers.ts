/** Handles for other workers of the page; loaded when the first one is asked for. */
import type { Wal } from "@stria/core";
import { producerAnswers, ProducerPorts } from "@stria/core/remote";
import type { HostableWal, WalWithProducers } from "@stria/core/remote";

/** Answers the page about producers. */
export interface WorkerProducers extends Pick<WalWithProducers, "answer"> {
  /** The log was closed: whoever appends by message is told. */
  dismiss(): Promise<void>;
}

/** Those of a log that was opened where memory is shared, or else by message. */
export function producersOf(wal: HostableWal): WorkerProducers {
  if (isThreaded(wal)) return { ...producerAnswers(wal), dismiss: () => Promise.resolve() };
  const ports = new ProducerPorts(wal, wal.producerLimits);
  const handles = producerAnswers({ producerHandle: (options) => ports.handle(options ?? {}) });
  return { ...handles, dismiss: () => ports.dismiss() };
}

/** A log that has handles of its own. */
function isThreaded(wal: HostableWal): wal is Wal {
  return "producerHandle" in wal;
}
