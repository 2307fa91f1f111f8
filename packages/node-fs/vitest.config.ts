import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@stria/source"] },
  ssr: { resolve: { conditions: ["@stria/source"] } },
  test: { name: "node-fs", environment: "node", include: ["test/**/*.test.ts"] },
});
