/**
 * Builds the page into dist and serves it. Cross-origin isolation is asked for, so that producers in workers can
 * share memory with the log; without these headers the page works by messages.
 */
import { defineConfig } from "vite";

const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  base: "./",
  server: { headers },
  preview: { headers },
  worker: { format: "es" },
  build: { target: "es2022", modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1200 },
  // Bundling these ahead would lose their workers, see the READMEs of both packages.
  optimizeDeps: {
    exclude: ["@stria/browser-opfs", "@sqlite.org/sqlite-wasm"],
    include: ["@stria/browser-opfs > crc-32"],
  },
});
