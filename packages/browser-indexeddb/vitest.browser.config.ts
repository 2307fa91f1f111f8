import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumLaunch, freshProfile } from "../../scripts/chromium.mjs";

export default defineConfig({
  resolve: { conditions: ["@stria/source"] },
  test: {
    name: "browser-indexeddb-browser",
    include: ["test/**/*.browser.test.ts"],
    fileParallelism: false, // the files share one origin, and a persistent context allows one page only
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      ui: false,
      provider: playwright({
        launchOptions: chromiumLaunch(),
        persistentContext: freshProfile(), // otherwise databases live in memory and nothing is ever synced
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});
