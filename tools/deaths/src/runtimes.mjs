/**
 * The runtimes that can die here: this Node, and those of tools/runtimes if they are installed
 * (`node tools/runtimes/install.mjs`). With STRIA_RUNTIMES=1 a missing one is a failure, not a skip.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} Runtime
 * @property {string} name `node` (this one), `node24`, `deno` or `bun`
 * @property {string} command path of its program
 * @property {string[]} args what stands before the file to run
 */

/** @type {Record<string, Runtime>} */
const runtimes = {
  node: { name: "node", command: process.execPath, args: [] },
  node24: { name: "node24", command: installed("node24/bin/node"), args: [] },
  deno: { name: "deno", command: installed("deno/deno"), args: ["run", "-A", "--quiet"] },
  bun: { name: "bun", command: installed("bun/bin/bun.exe"), args: [] },
};

/**
 * @param {string} name
 * @returns {Runtime}
 */
export function runtimeOf(name) {
  const runtime = runtimes[name];
  if (runtime !== undefined) return runtime;
  throw new RangeError(`--runtime must be one of ${Object.keys(runtimes).join(", ")}: ${name}`);
}

/**
 * Why this runtime cannot be used, or undefined. Throws where it must be there.
 * @param {Runtime} runtime
 */
export function missing({ name, command }) {
  if (existsSync(command)) return undefined;
  const reason = `not installed: ${name} (node tools/runtimes/install.mjs)`;
  if (process.env["STRIA_RUNTIMES"] === "1") throw new Error(reason);
  return reason;
}

/** @param {string} path */
function installed(path) {
  return fileURLToPath(new URL(`../../runtimes/node_modules/${path}`, import.meta.url));
}
