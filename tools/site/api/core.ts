/**
 * The log.
 *
 * @module @stria/core
 */
export * from "@stria/core";
