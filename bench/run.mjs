/**
 * `pnpm run bench`: installs the rivals into this directory (native builds included; nothing else of the
 * repository ever does), builds what is measured, then runs the command with the arguments it was given.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build, install, pnpmCommand, quietEnvironment } from "../scripts/setup.mjs";
import { StepError, runStep } from "../scripts/step.mjs";

const home = dirname(fileURLToPath(import.meta.url));

try {
  await install();
  await build();
  const options = { cwd: home, env: { ...quietEnvironment, ...nodeHeaders() } };
  const words = [...pnpmCommand(), "install", "--frozen-lockfile", "--reporter=append-only"];
  await runStep("Installing the rivals", words, options);
  const compile = [...pnpmCommand(), "exec", "tsc", "-p", "tsconfig.build.json"];
  await runStep("Building the benchmark", compile, options);
  const check = [...pnpmCommand(), "exec", "tsc", "-p", "page/tsconfig.json"];
  await runStep("Checking what runs in a page", check, options);
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  process.exit(1); // its output has been printed
}

const main = join(home, "dist", "main.js");
const { status, error } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: "inherit",
});
if (error !== undefined) throw error;
process.exitCode = status ?? 1;

/** Native builds take Node's headers from where this Node has them, instead of fetching them. */
function nodeHeaders() {
  const root = dirname(dirname(process.execPath));
  return existsSync(join(root, "include", "node", "node.h")) ? { npm_config_nodedir: root } : {};
}
