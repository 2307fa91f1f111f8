import { defineConfig } from "vitest/config";

// No source condition: what is tried is the built packages, as every runtime runs them.
export default defineConfig({
  test: {
    name: "matrix",
    environment: "node",
    include: ["test/**/*.test.ts"],
    testTimeout: 300_000, // starting runtimes takes as long as a busy machine takes
  },
});
