import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@stria/source"] },
  ssr: { resolve: { conditions: ["@stria/source"] } },
  test: {
    name: "encryption",
    environment: "node",
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.browser.test.ts"],
  },
});
