/**
 * Finds the Firefox that runs the browser tests: the one named by FIREFOX_PATH, or the one the system has,
 * or none (then its tests are skipped). Playwright drives an unpatched Firefox by WebDriver BiDi.
 */
import { existsSync } from "node:fs";

/**
 * The path of a Firefox, or `undefined`.
 * @returns {string | undefined}
 */
export function findFirefox() {
  const named = process.env["FIREFOX_PATH"];
  const candidates = named ? [named] : ["/usr/bin/firefox-esr", "/usr/bin/firefox"];
  return candidates.find((path) => existsSync(path));
}

/**
 * Launch options for Playwright.
 * @returns {{ channel: string, executablePath?: string }}
 */
export function firefoxLaunch() {
  const executablePath = findFirefox();
  return {
    channel: "moz-firefox",
    ...(executablePath === undefined ? {} : { executablePath }),
  };
}
