/**
 * `npm start`: sets the checkout up, then journals real files with Stria, kills the process in the
 * middle, recovers and proves that nothing acknowledged was lost. The programme is the CLI's `journal`;
 * this file only makes sure it can run. `npm start -- <directory or file>` takes other input.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { root, setUp } from "./setup.mjs";
import { StepError } from "./step.mjs";

const journal = join(root, "packages", "cli", "dist", "journal", "main.js");

try {
  await setUp();
  process.exitCode = runJournal();
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function runJournal() {
  if (!existsSync(journal)) throw new StepError(`${relative(root, journal)} was not built`);
  // The user's paths are relative to where npm was called, which INIT_CWD keeps.
  const run = spawnSync(process.execPath, [journal, ...process.argv.slice(2)], {
    cwd: process.env["INIT_CWD"] ?? process.cwd(),
    stdio: "inherit",
  });
  return run.status ?? 1;
}
