import { defineConfig } from "vitest/config";

// The page itself runs in a Chromium that the tests start; they look at what `npm run build` has made.
export default defineConfig({
  test: {
    name: "demo",
    environment: "node",
    include: ["e2e/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
