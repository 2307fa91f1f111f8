// Installs Deno, Bun and the newer Nodes next to this file, from its own lockfile. Not part of the root
// install: about 600 MB, and only the tests that name them need them.
//   node tools/runtimes/install.mjs
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const install = ["install", "--frozen-lockfile"];
let run = spawnSync("pnpm", install, { cwd: here, stdio: "inherit" });
if (run.error?.code === "ENOENT") {
  run = spawnSync("npx", ["-y", "pnpm@12.21.0", ...install], { cwd: here, stdio: "inherit" });
}
if (run.error) throw run.error;
if (run.status !== 0) process.exit(run.status ?? 1);

const binaries = {
  deno: "deno/deno",
  bun: "bun/bin/bun.exe",
  node22: "node22/bin/node",
  node24: "node24/bin/node",
  node26: "node26/bin/node",
};
for (const [name, path] of Object.entries(binaries)) {
  const { stdout, error } = spawnSync(`${here}node_modules/${path}`, ["--version"], {
    encoding: "utf8",
  });
  if (error) throw error;
  console.log(`${name}: ${stdout.split("\n")[0]}`);
}
