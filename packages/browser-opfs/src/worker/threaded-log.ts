/** The log with shared stripes; loaded where memory can be shared. */
export { Wal } from "@stria/core";
