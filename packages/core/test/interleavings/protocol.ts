/** What the cases are made of: the real protocol. Imported once as it is, and once for each way to break it. */
export { CURSOR_INTS } from "../../src/append/ring-buffer.ts";
export { Publisher } from "../../src/append/publisher.ts";
export { ProducerState } from "../../src/append/producer-state.ts";
export { awake, goingToSleep, sleepBlocking } from "../../src/append/producer-sleep.ts";
export { Sequencer } from "../../src/append/sequencer.ts";
export { SharedConsumer } from "../../src/append/shared-consumer.ts";
export { SharedProducer } from "../../src/append/shared-producer.ts";
export * from "../../src/append/shared-stripe.ts";
export { Stripe } from "../../src/append/stripe.ts";
