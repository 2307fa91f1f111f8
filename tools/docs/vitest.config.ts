import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@stria/source"] },
  ssr: { resolve: { conditions: ["@stria/source"] } },
  test: { name: "docs", environment: "node", include: ["*.test.ts"] },
});
