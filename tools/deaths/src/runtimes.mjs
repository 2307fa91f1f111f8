/**
 * The runtimes that can die here: this Node, and those of tools/runtimes if they are installed
 * (`node tools/runtimes/install.mjs`). With STRIA_RUNTIMES=1 a missing one is a failure, not a skip.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} Runtime
 * @property {string} name `node` (this one), `node22`, `node24`, `node26`, `deno` or `bun`
 * @property {string} command path of its program
 * @property {string[]} args what stands before the file to run
 */

/** @type {Record<string, Runtime>} */
const runtimes = {
  node: { name: "node", command: process.execPath, args: [] },
  deno: { name: "deno", command: installed("deno/deno"), args: ["run", "-A", "--quiet"] },
  bun: { name: "bun", command: installed("bun/bin/bun.exe"), args: [] },
  node22: { name: "node22", command: installed("node22/bin/node"), args: [] },
  node24: { name: "node24", command: installed("node24/bin/node"), args: [] },
  node26: { name: "node26", command: installed("node26/bin/node"), args: [] },
};

/** All of them, as the table in the README has them. */
export const runtimeNames = ["node", "node22", "node24", "node26", "deno", "bun"];

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
