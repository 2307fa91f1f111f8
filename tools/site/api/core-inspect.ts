/**
 * Tools that look into a log without opening it for writing: list, verify, salvage.
 *
 * @module @stria/core/inspect
 */
export * from "@stria/core/inspect";
