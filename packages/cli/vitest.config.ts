import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@stria/source"] },
  ssr: { resolve: { conditions: ["@stria/source"] } },
  // The tests start processes, a dozen each at times.
  test: {
    name: "cli",
    environment: "node",
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    // On two cores Vitest would run one file at a time. Projects of one width make a group.
    maxWorkers: 2,
    sequence: { groupOrder: 1 },
  },
});
