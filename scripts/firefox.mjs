/**
 * Finds the Firefox that runs the browser tests: the one named by FIREFOX_PATH, or, where all changes are
 * checked (CI), the one the system has; else none, and its tests, a minute and a half of them, are skipped. Playwright drives an unpatched Firefox by WebDriver BiDi.
 */
import { existsSync } from "node:fs";

/**
 * The path of a Firefox, or `undefined`.
 * @returns {string | undefined}
 */
export function findFirefox() {
  const named = process.env["FIREFOX_PATH"];
  const system = process.env["CI"] ? ["/usr/bin/firefox-esr", "/usr/bin/firefox"] : [];
  const candidates = named ? [named] : system;
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
