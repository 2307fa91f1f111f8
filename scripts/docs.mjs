/**
 * `npm run docs`: sets the checkout up, builds the documentation site and serves it on this machine.
 * `npm run docs -- --build` only builds it; `--port N` serves it there (default 4173).
 */
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { install, quietEnvironment, root } from "./setup.mjs";
import { StepError, runStep } from "./step.mjs";

const { values } = parseArgs({
  options: {
    build: { type: "boolean", default: false },
    port: { type: "string", default: "4173" },
  },
});
const home = join(root, "tools", "site");

try {
  await install();
  await runStep("Building the site", [process.execPath, "build.mjs"], {
    cwd: home,
    env: quietEnvironment,
  });
  const place = relative(process.cwd(), join(home, "out", "site"));
  console.log(`The site is in ${place}; any static server will do.`);
  if (!values.build) process.exitCode = serve();
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** Serves until it is interrupted. */
function serve() {
  const vitepress = join(home, "node_modules", "vitepress", "bin", "vitepress.js");
  const run = spawnSync(process.execPath, [vitepress, "serve", ".", "--port", values.port], {
    cwd: home,
    env: quietEnvironment,
    stdio: "inherit",
  });
  return run.status ?? 0;
}
