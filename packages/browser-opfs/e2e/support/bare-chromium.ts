/**
 * A Chromium without what Playwright sets for its pages, which keeps every page visible for ever: here a
 * page can be frozen, as a phone freezes tabs in the background.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright";
import type { Browser, Page } from "playwright";
import { chromiumLaunch, removeProfile } from "../../../../scripts/chromium.mjs";
import { loaded } from "./site.ts";

export class BareChromium {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #browser: Browser;

  private constructor(process: ChildProcess, profile: string, browser: Browser) {
    this.#process = process;
    this.#profile = profile;
    this.#browser = browser;
  }

  static async start(): Promise<BareChromium> {
    const { args, executablePath } = chromiumLaunch();
    if (executablePath === undefined) throw new Error("no Chromium found");
    const profile = mkdtempSync(join(tmpdir(), "stria-bare-"));
    const own = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
    const child = spawn(executablePath, [...args, ...own, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const endpoint = await debuggerOf(child);
    const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
    return new BareChromium(child, profile, browser);
  }

  /** A new tab in the background, with the bundle loaded as `stria`. */
  async tab(address: string): Promise<Page> {
    const tab = await this.#browser.contexts()[0]!.newPage();
    await tab.goto(address);
    await loaded(tab);
    return tab;
  }

  /** Stops the page: none of its tasks run, in its workers neither. */
  async freeze(tab: Page): Promise<void> {
    const session = await tab.context().newCDPSession(tab);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await session.detach();
  }

  /** Lets it run again. */
  async resume(tab: Page): Promise<void> {
    const session = await tab.context().newCDPSession(tab);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await session.detach();
  }

  async close(): Promise<void> {
    await this.#browser.close();
    const ended = once(this.#process, "exit");
    if (this.#process.exitCode === null && this.#process.kill()) await ended;
    await removeProfile(this.#profile);
  }
}

/** It says on standard error where it listens. */
async function debuggerOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stderr! })) {
    const endpoint = /^DevTools listening on (ws:.*)$/u.exec(line)?.[1];
    if (endpoint !== undefined) {
      child.stderr!.resume();
      return endpoint;
    }
  }
  throw new Error("Chromium ended before it listened");
}
