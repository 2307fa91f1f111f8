/**
 * The runtimes a test may start: this Node, and those of tools/runtimes if they are installed
 * (`node tools/runtimes/install.mjs`). With STRIA_RUNTIMES=1 a missing one is a failure, not a skip.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Runtime {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const installed = (path: string): string =>
  fileURLToPath(new URL(`../../../../tools/runtimes/node_modules/${path}`, import.meta.url));

export const thisNode: Runtime = { name: "node", command: process.execPath, args: [] };

export const otherRuntimes: readonly Runtime[] = [
  { name: "deno", command: installed("deno/deno"), args: ["run", "-A", "--quiet"] },
  { name: "bun", command: installed("bun/bin/bun.exe"), args: [] },
  { name: "node26", command: installed("node26/bin/node"), args: [] },
];

/** Why this runtime cannot be used, or undefined. Throws where it must be there. */
export function missing(runtime: Runtime): string | undefined {
  if (existsSync(runtime.command)) return undefined;
  const reason = `not installed: ${runtime.name} (node tools/runtimes/install.mjs)`;
  if (process.env["STRIA_RUNTIMES"] === "1") throw new Error(reason);
  return reason;
}
