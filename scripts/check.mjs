/**
 * `pnpm run check`: everything a change must pass besides the tests. Each step prints one line, and its
 * tool's output only when it fails; a failed step does not keep the others from running.
 * Names of steps as arguments run those alone: `pnpm run check lint types`.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build, install, pnpmCommand, quietEnvironment, root } from "./setup.mjs";
import { StepError, runStep } from "./step.mjs";

/** What each step runs, in the repository's root. @type {Record<string, string[][]>} */
const steps = {
  lint: [["oxlint"]],
  format: [["oxfmt", "--check", "."]],
  types: [
    ["turbo", "run", "typecheck"],
    ["tsc", "-p", "tsconfig.json"],
  ],
  knip: [["knip"]],
  publint: publicPackages().map((path) => ["publint", "--strict", path]),
  attw: publicPackages()
    .filter(hasEntryPoint)
    .map((path) => ["attw", "--profile", "esm-only", "--pack", path]),
  size: [["size-limit"]],
  tidy: [["vitest", "run", "--project", "tidy"]],
  docs: [["node", "tools/site/build.mjs"]],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(steps, name));
if (unknown.length > 0) {
  console.error(`check: no step ${unknown.join(", ")}; there are ${Object.keys(steps).join(", ")}`);
  process.exit(2);
}

/** @type {string[]} */
const failed = [];
await attempt("install", install);
if (failed.length > 0) process.exit(1); // nothing can be said of a tree without its tools
await attempt("build", build);
for (const [name, commands] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const command of commands) {
    const title = `${name}: ${command.join(" ")}`;
    const words = [...pnpmCommand(), "exec", ...command];
    await attempt(name, () => runStep(title, words, { cwd: root, env: quietEnvironment }));
  }
}
console.log(failed.length === 0 ? "All checks passed" : `Failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/**
 * @param {string} name
 * @param {() => Promise<void>} run
 */
async function attempt(name, run) {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    if (!failed.includes(name)) failed.push(name);
  }
}

/** Packages that are published: all of packages/ that are not private. */
function publicPackages() {
  return readdirSync(join(root, "packages"))
    .map((name) => `packages/${name}`)
    .filter((path) => existsSync(join(root, path, "package.json")))
    .filter((path) => manifest(path).private !== true);
}

/** @param {string} path */
function hasEntryPoint(path) {
  return "." in manifest(path).exports;
}

/**
 * @param {string} path
 * @returns {{ private?: boolean, exports: Record<string, unknown> }}
 */
function manifest(path) {
  return JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
}
