import { defineConfig } from "vitest/config";
import { findChromium } from "./scripts/chromium.mjs";
import { findFirefox } from "./scripts/firefox.mjs";

// Tests named *.browser.test.ts belong to a package's vitest.browser.config.ts. Without a browser those
// projects are left out here, and scripts/test.mjs counts their files as skipped.
export default defineConfig({
  test: {
    projects: [
      "{packages,apps}/*/vitest.config.ts",
      "examples/test/vitest.config.ts",
      "tools/{deaths,docs,matrix,site,tidy}/vitest.config.ts",
      ...(findChromium() === undefined ? [] : ["{packages,apps}/*/vitest.browser.config.ts"]),
      ...(findFirefox() === undefined ? [] : ["packages/*/vitest.firefox.config.ts"]),
    ],
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], reporter: ["text", "lcov"] },
  },
});
