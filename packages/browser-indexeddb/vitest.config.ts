import { defineConfig } from "vitest/config";

// What runs in Node: everything but *.browser.test.ts, which vitest.browser.config.ts runs in Chromium.
export default defineConfig({
  resolve: { conditions: ["@stria/source"] },
  ssr: { resolve: { conditions: ["@stria/source"] } },
  test: {
    name: "browser-indexeddb",
    environment: "node",
    include: ["test/**/*.test.ts", "e2e/**/*.test.ts"],
    exclude: ["test/**/*.browser.test.ts"],
    // Those in e2e start browsers: one at a time, and on a busy machine that takes a while.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
