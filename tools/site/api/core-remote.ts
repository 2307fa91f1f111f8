/**
 * A log behind a message port: for adapters that host one in a worker.
 *
 * @module @stria/core/remote
 */
export * from "@stria/core/remote";
