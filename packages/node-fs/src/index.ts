/** Storage on `node:fs`, for Node, Deno and Bun. */
export {};
