/** How producers on other threads can be connected with their log here. Apart, for who only wants to know. */
import { waitAsync } from "../append/producer-sleep.ts";

/** Ways to connect a producer with its log. */
export type ProducerPath = "shared-memory" | "messages";

/** The way this runtime allows. */
export const bestProducerPath: ProducerPath =
  typeof SharedArrayBuffer === "undefined" || waitAsync === undefined
    ? "messages"
    : "shared-memory";
