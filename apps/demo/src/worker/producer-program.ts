/** A worker with one producer: gets a handle from the page and appends to the log in the other worker. */
import { attachProducer } from "@stria/core";
import type { ProducerHandle } from "@stria/core";
import { ProducerAtWork } from "./producer.ts";
import type { ProducerSettings } from "./protocol.ts";
import type { Verbs } from "./worker.ts";

/** What the page can ask of this worker. */
export function producerProgram(tell: (news: unknown) => void): Verbs {
  let working: ProducerAtWork | undefined;
  return {
    start({ handle, settings }: { handle: ProducerHandle; settings: ProducerSettings }) {
      working = new ProducerAtWork(attachProducer(handle), settings, tell);
    },
    set: (settings: ProducerSettings) => working?.set(settings),
    stop: () => working?.stop(),
  };
}
