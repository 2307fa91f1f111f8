import { defineConfig } from "vitest/config";
import { mutantPlugin } from "./test/interleavings/mutants.ts";

export default defineConfig({
  plugins: [mutantPlugin()],
  resolve: { conditions: ["@stria/source"] },
  ssr: { resolve: { conditions: ["@stria/source"] } },
  test: {
    name: "core",
    environment: "node",
    include: ["test/**/*.test.ts"],
    // On two cores Vitest would run one file at a time. Projects of one width make a group.
    maxWorkers: 2,
    sequence: { groupOrder: 1 },
  },
});
