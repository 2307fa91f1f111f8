/**
 * An application that imports the package, made by each bundler as the README says and run in a browser:
 * what it appends is there after a reload. All of them with
 * STRIA_BROWSERS=all; else esbuild alone.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as esbuild } from "esbuild";
import { chromium } from "playwright";
import type { BrowserContext } from "playwright";
import { build as viteBuild, createServer as createViteServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import webpack from "webpack";
import { chromiumLaunch, removeProfile } from "../../../scripts/chromium.mjs";
import { recordsIn } from "./support/load.ts";
import { inEarnest, whyNot } from "./support/site.ts";

const html = `<!doctype html><meta charset="utf-8"><title>opening</title><link rel="icon" href="data:,">
<script type="module" src="./main.js"></script>`;
const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript" };

/** The whole application; `worker` is what it says of the worker, where the bundler does not find it. */
function application(worker = ""): string {
  // Shared: the parts that are loaded when they are needed have to be found, too.
  return `import { openWal } from "@stria/browser-opfs";
    globalThis.wal = await openWal({ name: "diary", tabs: "shared"${worker} });
    document.title = "open";`;
}

/** A folder with the application, and the packages as an installer leaves them. */
function project(source: string): string {
  const root = mkdtempSync(join(tmpdir(), "stria-app-"));
  mkdirSync(join(root, "node_modules/@stria"), { recursive: true });
  for (const name of ["core", "browser-opfs"]) {
    const place = fileURLToPath(new URL(`../../${name}`, import.meta.url));
    symlinkSync(place, join(root, "node_modules/@stria", name), "dir");
  }
  writeFileSync(join(root, "index.html"), html);
  writeFileSync(join(root, "main.js"), source);
  return root;
}

interface Served {
  readonly address: string;
  stop(): Promise<void>;
}

async function serveFolder(folder: string): Promise<Served> {
  const server = createHttpServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = join(folder, pathname === "/" ? "index.html" : pathname);
    try {
      response.setHeader("Content-Type", types[extname(file)] ?? "text/plain");
      response.end(readFileSync(file));
    } catch (error) {
      response.writeHead(404).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Chromium opens one ahead of need, and would keep the server waiting.
        server.closeAllConnections();
      }),
  };
}

/** How each of them makes the application and serves it. */
const makers: Record<string, (root: string) => Promise<Served>> = {
  async vite(root) {
    await viteBuild({ root, logLevel: "warn", build: { target: "es2022" } });
    return serveFolder(join(root, "dist"));
  },

  async "vite's development server"(root) {
    const server = await createViteServer({
      root,
      configFile: false,
      logLevel: "warn",
      // The packages are links to this checkout, outside of the project.
      server: { port: 0, fs: { strict: false } },
      optimizeDeps: {
        exclude: ["@stria/browser-opfs"],
        include: ["@stria/browser-opfs > crc-32"],
      },
    });
    await server.listen();
    const { port } = server.httpServer!.address() as AddressInfo;
    return { address: `http://localhost:${port}`, stop: () => server.close() };
  },

  async webpack(root) {
    const out = join(root, "dist");
    const compiler = webpack({
      mode: "production",
      context: root,
      entry: "./main.js",
      output: { path: out, filename: "main.js" },
      // Fifteen seconds of no concern here.
      optimization: { minimize: false },
      performance: false,
    });
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
      compiler.run((error, made) => (error ? reject(error) : resolve(made)));
    });
    expect(stats?.toJson({ all: false, errors: true, warnings: true })).toMatchObject({
      errors: [],
      warnings: [],
    });
    cpSync(join(root, "index.html"), join(out, "index.html"));
    return serveFolder(out);
  },

  async esbuild(root) {
    const worker = `, worker: () => new Worker("/stria/worker.js", { type: "module" })`;
    writeFileSync(join(root, "main.js"), application(worker));
    const out = join(root, "dist");
    await esbuild({
      entryPoints: [join(root, "main.js")],
      bundle: true,
      format: "esm",
      splitting: true,
      outdir: out,
      logLevel: "warning",
    });
    cpSync(join(root, "node_modules/@stria/browser-opfs/dist/bundle"), join(out, "stria"), {
      recursive: true,
    });
    cpSync(join(root, "index.html"), join(out, "index.html"));
    return serveFolder(out);
  },
};

describe.skipIf(whyNot() !== undefined)("an application made by", () => {
  const profile = mkdtempSync(join(tmpdir(), "stria-bundled-"));
  let context: BrowserContext;
  beforeAll(async () => {
    context = await chromium.launchPersistentContext(profile, {
      ...chromiumLaunch(),
      headless: true,
    });
  });
  afterAll(async () => {
    await context?.close();
    await removeProfile(profile);
  });

  const chosen = Object.entries(makers).filter(([name]) => inEarnest || name === "esbuild");
  test.each(chosen)("%s keeps its records", async (_name, make) => {
    const root = project(application());
    const served = await make(root);
    try {
      const page = await context.newPage();
      await page.goto(served.address);
      await page.waitForFunction(() => document.title === "open");
      expect(await page.evaluate(() => wal.append(new TextEncoder().encode("dear diary")))).toBe(1);
      await page.reload();
      await page.waitForFunction(() => document.title === "open");
      expect(await recordsIn(page)).toEqual(new Map([[1, "dear diary"]]));
      await page.close();
    } finally {
      await served.stop();
      rmSync(root, { recursive: true, force: true });
    }
  });
});
