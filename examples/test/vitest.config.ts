import { defineConfig } from "vitest/config";

// No source condition: examples run as processes of their own, on the built packages, as newcomers run them.
export default defineConfig({
  test: {
    name: "examples",
    environment: "node",
    include: ["*.test.ts"],
    testTimeout: 120_000, // starting processes takes as long as a busy machine takes
  },
});
