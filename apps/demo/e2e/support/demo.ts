/**
 * The built page on a server of its own, and a Chromium with a profile on disk to visit it: real files, real syncs.
 * Whatever a page says on its console as an error is kept, and a test that ends with one fails.
 */
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import type { BrowserContext, Page } from "playwright";
import { preview } from "vite";
import type { PreviewServer } from "vite";
import { chromiumLaunch, findChromium, removeProfile } from "../../../../scripts/chromium.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Why the tests cannot run here, or `undefined`. */
export function whyNot(): string | undefined {
  if (!existsSync(join(root, "dist", "index.html"))) return "the page is not built";
  return findChromium() === undefined ? "no Chromium found" : undefined;
}

/** Server, browser and what went wrong in it. */
export class Demo {
  readonly #server: PreviewServer;
  readonly #profile: string;
  readonly context: BrowserContext;
  readonly #complaints: string[] = [];

  private constructor(server: PreviewServer, profile: string, context: BrowserContext) {
    this.#server = server;
    this.#profile = profile;
    this.context = context;
    context.setDefaultTimeout(15_000);
    context.on("page", (page) => this.#listen(page));
  }

  static async start(headers: Record<string, string> = {}): Promise<Demo> {
    const server = await preview({
      root,
      preview: {
        port: 0,
        host: "localhost",
        ...(Object.keys(headers).length > 0 ? { headers } : {}),
      },
      logLevel: "silent",
    });
    const profile = mkdtempSync(join(tmpdir(), "stria-demo-"));
    const context = await chromium.launchPersistentContext(profile, {
      ...chromiumLaunch(),
      headless: true,
      colorScheme: "dark",
      viewport: { width: 1280, height: 900 },
    });
    return new Demo(server, profile, context);
  }

  get address(): string {
    const address = this.#server.httpServer.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    return `http://localhost:${address.port}/`;
  }

  /** A new tab on one view. */
  async visit(view: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(`${this.address}#${view}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    return page;
  }

  /** Errors on consoles and uncaught ones since the last call. */
  complaints(): string[] {
    return this.#complaints.splice(0);
  }

  /** Keeps a picture of the view in dark, in light and at a phone's width where STRIA_SCREENSHOTS names a directory. */
  async pictures(page: Page, name: string): Promise<void> {
    const directory = process.env["STRIA_SCREENSHOTS"];
    if (directory === undefined || directory === "") return;
    mkdirSync(directory, { recursive: true });
    const size = page.viewportSize() ?? { width: 1280, height: 900 };
    const take = (kind: string): Promise<Buffer> =>
      page.screenshot({ path: join(directory, `${name}-${kind}.png`), fullPage: true });
    // What sticks to the top would lie in the middle of the picture.
    await page.evaluate(() => scrollTo(0, 0));
    await take("dark");
    await page.getByRole("button", { name: "Use light colours" }).click();
    await take("light");
    await page.setViewportSize({ width: 390, height: 844 });
    await take("phone");
    await page.setViewportSize(size);
    await page.getByRole("button", { name: "Use dark colours" }).click();
  }

  async close(): Promise<void> {
    await this.context.close();
    await this.#server.close();
    await removeProfile(this.#profile);
  }

  #listen(page: Page): void {
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.#complaints.push(message.text());
      }
    });
    page.on("pageerror", (error) => this.#complaints.push(String(error)));
  }
}

/** True where the page is wider than the window: something sticks out. */
export function sticksOut(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
}
