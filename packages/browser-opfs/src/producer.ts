/** Entry of the bundle for workers that append to their page's log, for pages without a build step. */
export { attachProducer } from "./attach-producer.ts";
export type { TabProducerHandle } from "./attach-producer.ts";
