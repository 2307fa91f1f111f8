/**
 * Bundles page and worker for pages without a build step: two ES modules next to each other, all
 * dependencies inside. esbuild, because one dependency (crc-32) is CommonJS, which browsers cannot import.
 */
import { build } from "esbuild";

await build({
  entryPoints: { stria: "dist/page.js", worker: "dist/worker.js" },
  outdir: "dist/bundle",
  bundle: true,
  format: "esm",
  target: ["chrome108", "firefox111", "safari16.4"],
  minify: true,
  sourcemap: true,
  logLevel: "warning",
});
