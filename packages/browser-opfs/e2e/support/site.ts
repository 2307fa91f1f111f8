/**
 * A web site with nothing but an empty page and the package's bundle, and a Chromium with a profile on
 * disk to visit it: real files, real syncs, real tabs that can be closed, crashed and killed.
 */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, firefox } from "playwright";
import type { BrowserContext, Page } from "playwright";
import { chromiumLaunch, findChromium, removeProfile } from "../../../../scripts/chromium.mjs";
import { findFirefox, firefoxLaunch } from "../../../../scripts/firefox.mjs";

const bundle = new URL("../../dist/bundle/", import.meta.url);
const page = `<!doctype html><meta charset="utf-8"><title>a log</title>
<script type="module">globalThis.stria = await import("/stria.js");</script>`;
const types: Record<string, string> = { ".js": "text/javascript", ".map": "application/json" };

/** All of it (`STRIA_BROWSERS=all`), and not only what a run of everybody's tests has time for. */
export const inEarnest: boolean = process.env["STRIA_BROWSERS"] === "all";

/** Why the tests in a real browser cannot run here, or `undefined`. */
export function whyNot(): string | undefined {
  if (findChromium() === undefined) return "no Chromium found";
  return process.platform === "linux" ? undefined : "processes are found by /proc";
}

/** The browsers there are. */
export type Browser = "chromium" | "firefox";

/** Why the tests of Firefox cannot run here, or `undefined`. */
export function whyNoFirefox(): string | undefined {
  return findFirefox() === undefined ? "no Firefox found; FIREFOX_PATH can name one" : undefined;
}

/** The site and one profile; the browser may be killed and started again on it. */
export class Site {
  readonly #server: Server;
  readonly #scripts: Map<string, string>;
  readonly #lost: Set<string>;
  readonly #keepsPages: boolean;
  readonly #profile: string = mkdtempSync(join(tmpdir(), "stria-e2e-"));
  #context: BrowserContext | undefined;

  private constructor(
    server: Server,
    parts: { scripts: Map<string, string>; lost: Set<string>; keepsPages: boolean },
  ) {
    this.#server = server;
    this.#scripts = parts.scripts;
    this.#lost = parts.lost;
    this.#keepsPages = parts.keepsPages;
  }

  /**
   * `isolated`: its pages are cross-origin isolated and may share memory. `keepsPages`: the browser keeps
   * pages that are left, to come back to (bfcache), which Playwright forbids unless told.
   */
  static async start({
    isolated = false,
    keepsPages = false,
  }: { isolated?: boolean; keepsPages?: boolean } = {}): Promise<Site> {
    const scripts = new Map<string, string>();
    const lost = new Set<string>();
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      if (lost.has(pathname)) {
        response.writeHead(404).end();
        return;
      }
      if (isolated) {
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
      }
      if (pathname.endsWith(".js") || pathname.endsWith(".map")) {
        try {
          const body = scripts.get(pathname) ?? readFileSync(new URL(`.${pathname}`, bundle));
          response.setHeader("Content-Type", types[extname(pathname)] ?? "text/plain");
          response.end(body);
        } catch (error) {
          response.writeHead(404).end(String(error));
        }
        return;
      }
      if (pathname === "/no-workers") {
        response.setHeader("Content-Security-Policy", "worker-src 'none'");
      }
      response.setHeader("Content-Type", "text/html");
      response.end(pathname === "/favicon.ico" ? "" : page);
    });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    return new Site(server, { scripts, lost, keepsPages });
  }

  /** A new tab with the bundle loaded as `stria`. */
  async tab(path = "/", browser: Browser = "chromium"): Promise<Page> {
    const [program, launch] =
      browser === "chromium" ? [chromium, chromiumLaunch()] : [firefox, firefoxLaunch()];
    const context = (this.#context ??= await program.launchPersistentContext(this.#profile, {
      ...launch,
      headless: true,
      ...(this.#keepsPages ? { ignoreDefaultArgs: ["--disable-back-forward-cache"] } : {}),
    }));
    const tab = await newPage(context);
    await tab.goto(this.address + path);
    await loaded(tab);
    return tab;
  }

  /** Bundles a module, or the text of one that could stand here, and serves it under `path`. */
  async serve(path: string, module: URL | string): Promise<void> {
    const text = {
      contents: String(module),
      loader: "ts",
      resolveDir: import.meta.dirname,
    } as const;
    const { outputFiles } = await build({
      ...(typeof module === "string" ? { stdin: text } : { entryPoints: [fileURLToPath(module)] }),
      bundle: true,
      format: "esm",
      conditions: ["@stria/source"],
      write: false,
    });
    this.#scripts.set(path, outputFiles[0]!.text);
  }

  /** From now on there is no such file. */
  lose(path: string): void {
    this.#lost.add(path);
  }

  /** It is there again. */
  restore(path: string): void {
    this.#lost.delete(path);
  }

  get address(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** SIGKILL for every process of this profile that renders pages; the browser lives on. */
  killRenderers(): void {
    for (const { pid, command } of this.#processes()) {
      if (command.includes("--type=renderer")) process.kill(pid, "SIGKILL");
    }
  }

  /** SIGKILL for the whole browser; the next tab starts it again. */
  async killBrowser(): Promise<void> {
    const context = this.#context;
    this.#context = undefined;
    const ended = new Promise<void>((resolve) => context?.once("close", () => resolve()));
    const processes = this.#processes();
    for (const { pid } of processes) kill(pid);
    await ended;
  }

  async close(): Promise<void> {
    await this.#context?.close();
    await new Promise((resolve) => this.#server.close(resolve));
    await removeProfile(this.#profile);
  }

  #processes(): { pid: number; command: string }[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/u.test(name))
      .map((name) => ({ pid: Number(name), command: commandOf(name) }))
      .filter(({ command }) => command.includes(this.#profile));
  }
}

/** A browser keeps a renderer ready for the next page; if that was killed too, it needs another try. */
async function newPage(context: BrowserContext): Promise<Page> {
  for (let tries = 1; ; tries++) {
    try {
      return await context.newPage();
    } catch (error) {
      if (tries === 3 || !String(error).includes("crashed")) throw error;
    }
  }
}

/** Waits until the bundle is there, as after a reload. */
export async function loaded(tab: Page): Promise<void> {
  await tab.waitForFunction(() => "stria" in globalThis);
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
