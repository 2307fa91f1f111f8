/**
 * Storage on files: Node, Deno and Bun.
 *
 * @module @stria/node-fs
 */
export * from "@stria/node-fs";
