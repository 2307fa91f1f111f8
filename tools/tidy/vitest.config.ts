import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { name: "tidy", environment: "node", include: ["*.test.ts"] },
});
