/**
 * Finds the Chromium that runs the browser tests. Nothing is ever downloaded: it is the one named by
 * CHROMIUM_PATH, or the one the system has, or none (then browser tests are skipped, and counted so).
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/**
 * The path of a Chromium, or `undefined`.
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env["CHROMIUM_PATH"];
  const candidates = named ? [named] : ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
  return candidates.find((path) => existsSync(path));
}

/**
 * Launch options for Playwright: headless, quiet, no network traffic of its own.
 * @returns {{ executablePath?: string, args: string[] }}
 */
export function chromiumLaunch() {
  const executablePath = findChromium();
  return {
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [
      "--no-sandbox", // containers run as root, where the sandbox refuses to start
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  };
}

/**
 * An empty profile directory that is removed when this process ends. With a profile on disk the
 * browser's private files are real files, and a flush is a real sync.
 * @returns {string}
 */
export function freshProfile() {
  const directory = mkdtempSync(join(tmpdir(), "stria-chromium-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/**
 * Removes the profile of a browser that was closed. Its helper processes outlive it for a moment and
 * still write there, so the whole removal is tried again, not only that of the directory that was not empty.
 * @param {string} directory
 */
export async function removeProfile(directory) {
  const givesUp = Date.now() + 20_000;
  for (;;) {
    try {
      rmSync(directory, { recursive: true, force: true });
      return;
    } catch (error) {
      if (Date.now() > givesUp) throw error;
      await setTimeout(100);
    }
  }
}
