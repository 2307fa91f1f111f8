import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumLaunch } from "../../scripts/chromium.mjs";

export default defineConfig({
  resolve: { conditions: ["@stria/source"] },
  ssr: { resolve: { conditions: ["@stria/source"] } },
  server: {
    // Cross-origin isolation, so that SharedArrayBuffer can be tested too.
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
  test: {
    name: "browser-opfs",
    include: ["test/**/*.test.ts"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      ui: false,
      provider: playwright({ launchOptions: chromiumLaunch() }),
      instances: [{ browser: "chromium" }],
    },
  },
});
