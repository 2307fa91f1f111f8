import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumLaunch, freshProfile } from "../../scripts/chromium.mjs";

export default defineConfig({
  resolve: { conditions: ["@stria/source"] },
  server: {
    // Cross-origin isolation, so that SharedArrayBuffer can be tested too.
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
  test: {
    name: "browser-opfs-browser",
    include: ["test/**/*.browser.test.ts"],
    fileParallelism: false, // the files share one origin, and a persistent context allows one page only
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      ui: false,
      provider: playwright({
        launchOptions: chromiumLaunch(),
        persistentContext: freshProfile(), // otherwise OPFS lives in memory and a flush does nothing
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});
