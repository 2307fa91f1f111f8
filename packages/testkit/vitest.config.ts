import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@stria/source"] },
  ssr: { resolve: { conditions: ["@stria/source"] } },
  test: {
    name: "testkit",
    environment: "node",
    include: ["test/**/*.test.ts"],
    // On two cores Vitest would run one file at a time. Projects of one width make a group.
    maxWorkers: 2,
    sequence: { groupOrder: 1 },
  },
});
