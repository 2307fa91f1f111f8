/**
 * Builds the site into out/site: the reference from the packages' comments, the documents from where
 * they are, then VitePress over both. Warnings are failures, dead links are too.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { problemsOf } from "./check-site.mjs";
import { pageOf } from "./documents.mjs";
import { pages, root, site, staged } from "./pages.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { resolve } = createRequire(import.meta.url);

rmSync(join(here, "out"), { recursive: true, force: true });
run("typedoc", ["--logLevel", "Warn"]);
for (const { source, page } of pages) {
  put(`${page}.md`, pageOf(source, readFileSync(join(root, source), "utf8")));
}
put("index.md", pageOf("tools/site/home.md", readFileSync(join(here, "home.md"), "utf8")));
cpSync(join(here, "public"), join(staged, "public"), { recursive: true });
cpSync(join(root, "docs/guide/pictures"), join(staged, "public/pictures"), { recursive: true });
cpSync(join(root, "bench/results/overview.svg"), join(staged, "public/pictures/overview.svg"));
run("vitepress", ["build", "."]);
const problems = problemsOf(site);
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}

/**
 * Runs a tool of this package; whatever it prints about a problem is shown and ends the build.
 * @param {"typedoc" | "vitepress"} tool
 * @param {string[]} args
 */
function run(tool, args) {
  const program = join(
    dirname(resolve(`${tool}/package.json`)),
    "bin",
    `${tool}${tool === "typedoc" ? "" : ".js"}`,
  );
  const ran = spawnSync(process.execPath, [program, ...args], { cwd: here, encoding: "utf8" });
  const output = ran.stdout + ran.stderr;
  if (ran.status === 0 && !/\bwarn/iu.test(output)) return;
  console.error(output);
  console.error(`${tool} ended with ${ran.status ?? ran.signal}, or had something to warn of`);
  process.exit(1);
}

/**
 * @param {string} path
 * @param {string} text
 */
function put(path, text) {
  const file = join(staged, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
