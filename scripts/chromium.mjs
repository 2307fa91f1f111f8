/**
 * Finds the Chromium that runs the browser tests. Nothing is ever downloaded: it is the one named by
 * CHROMIUM_PATH, or the one the system has, or none (then browser tests are skipped, and counted as such).
 */
import { existsSync } from "node:fs";

/**
 * The path of a Chromium, or `undefined`.
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") return named;
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
}

/**
 * Launch options for Playwright: headless, quiet, no background network traffic.
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
