/**
 * A web site with a page and a service worker that both have a log, and a Chromium with a profile on
 * disk to visit it; the browser can be killed and started again on that profile.
 */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright";
import type { BrowserContext, Page } from "playwright";
import { chromiumLaunch, findChromium, removeProfile } from "../../../scripts/chromium.mjs";

const page = `<!doctype html><meta charset="utf-8"><title>a log</title><link rel="icon" href="data:,">
<script type="module">globalThis.stria = await import("/page.js");</script>`;

/** Why these tests cannot run here, or `undefined`. */
export function whyNot(): string | undefined {
  if (findChromium() === undefined) return "no Chromium found";
  return process.platform === "linux" ? undefined : "processes are found by /proc";
}

/** The site, and one profile to visit it with. */
export class Site {
  readonly #server: Server;
  readonly #profile: string = mkdtempSync(join(tmpdir(), "stria-idb-"));
  #context: BrowserContext | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Site> {
    const scripts = new Map<string, string>();
    for (const name of ["page", "service-worker"]) {
      const { outputFiles } = await build({
        entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
        bundle: true,
        format: "esm",
        conditions: ["@stria/source"],
        write: false,
      });
      scripts.set(`/${name}.js`, outputFiles[0]!.text);
    }
    const server = createServer((request, response) => {
      const script = scripts.get(request.url ?? "/");
      response.setHeader("Content-Type", script === undefined ? "text/html" : "text/javascript");
      response.end(script ?? page);
    });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    return new Site(server);
  }

  /** A new tab with page.ts loaded as `stria`. */
  async tab(): Promise<Page> {
    this.#context ??= await chromium.launchPersistentContext(this.#profile, {
      ...chromiumLaunch(),
      headless: true,
    });
    const tab = await this.#context.newPage();
    await tab.goto(this.address);
    await tab.waitForFunction(() => "stria" in globalThis);
    return tab;
  }

  get address(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** SIGKILL for the whole browser; the next tab starts it again. */
  async killBrowser(): Promise<void> {
    const context = this.#context;
    this.#context = undefined;
    const ended = new Promise<void>((resolve) => context?.once("close", () => resolve()));
    for (const pid of this.#processes()) kill(pid);
    await ended;
  }

  async close(): Promise<void> {
    await this.#context?.close();
    await new Promise((resolve) => this.#server.close(resolve));
    await removeProfile(this.#profile);
  }

  #processes(): number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/u.test(name) && commandOf(name).includes(this.#profile))
      .map(Number);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It ended by itself with the one killed before.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // It ended while the list was read.
    return "";
  }
}
