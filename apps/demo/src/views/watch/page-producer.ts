/** The producer on the page itself; in a file of its own, so that a page that never starts does not load it. */
import { attachProducer } from "@stria/core";
import type { ProducerHandle } from "@stria/core";
import { ProducerAtWork } from "../../worker/producer.ts";
import type { ProducerNews, ProducerSettings } from "../../worker/protocol.ts";

/** Attaches this thread to the log and sets to work. */
export function producerOnPage(
  handle: ProducerHandle,
  settings: ProducerSettings,
  tell: (news: ProducerNews) => void,
): ProducerAtWork {
  return new ProducerAtWork(attachProducer(handle), settings, tell);
}
