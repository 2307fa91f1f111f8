import { defineConfig } from "vitest/config";

// No source condition: what dies here is the built packages, as Node 20, Deno and Bun run them.
export default defineConfig({
  test: { name: "deaths", environment: "node", include: ["test/**/*.test.ts"] },
});
