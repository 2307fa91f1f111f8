import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { firefoxLaunch } from "../../scripts/firefox.mjs";

// The storage's tests again, in Firefox: it syncs names, counts its errors otherwise, and is slower.
export default defineConfig({
  resolve: { conditions: ["@stria/source"] },
  test: {
    name: "browser-opfs-firefox",
    include: ["test/**/*.browser.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      ui: false,
      provider: playwright({ launchOptions: firefoxLaunch() }),
      instances: [{ browser: "firefox" }],
    },
  },
});
