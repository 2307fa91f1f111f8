/**
 * `npm run demo`: sets the checkout up, builds the page and serves it on localhost, cross-origin isolated, so that
 * its threads can share memory. PORT chooses the port.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pnpmCommand, quietEnvironment, root, setUp } from "./setup.mjs";
import { StepError } from "./step.mjs";

try {
  await setUp();
  const [program = "", ...words] = pnpmCommand();
  const port = process.env["PORT"] ?? "4173";
  const run = spawnSync(program, [...words, "exec", "vite", "preview", "--port", port], {
    cwd: join(root, "apps", "demo"),
    env: quietEnvironment,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  process.exitCode = run.status ?? 1;
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
