/**
 * Storage on the origin private file system, and the log itself for pages.
 *
 * @module @stria/browser-opfs
 */
export * from "@stria/browser-opfs";
