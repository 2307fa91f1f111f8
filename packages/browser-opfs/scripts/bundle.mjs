/**
 * Bundles page and worker for pages without a build step: ES modules in one folder, all dependencies
 * inside; what few logs need is loaded when it is needed. rolldown, because one dependency (crc-32) is
 * CommonJS, which browsers cannot import, and because it drops more of what is not used than esbuild.
 */
import { rmSync } from "node:fs";
import { build } from "rolldown";

const dir = "dist/bundle";
rmSync(dir, { recursive: true, force: true });
const parts = { stria: "dist/page.js", worker: "dist/worker.js", producer: "dist/producer.js" };
for (const [name, entry] of Object.entries(parts)) {
  await build({
    input: { [name]: entry },
    platform: "browser",
    transform: { target: ["chrome108", "firefox111", "safari16.4"] },
    output: {
      dir,
      format: "esm",
      minify: true,
      sourcemap: true,
      // The size limits tell by the name what is loaded at once and what later.
      chunkFileNames: ({ isDynamicEntry }) => `${name}-${isDynamicEntry ? "" : "common-"}[name].js`,
    },
    logLevel: "warn",
  });
}
