/**
 * The site the browser's rows run on: the page's scripts, bundled from `bench/page`, Stria's worker,
 * sqlite-wasm as it was installed. `/isolated` is the same page, cross-origin isolated.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const home = fileURLToPath(new URL("../../", import.meta.url));
const workers = ["raw-worker", "sqlite-worker", "inside-worker", "large-worker"];
/** Directories the site shows, by the beginning of the path. */
const shown: readonly (readonly [string, string])[] = [
  ["/sqlite/", join(home, "node_modules/@sqlite.org/sqlite-wasm/dist")],
  ["/", join(home, "node_modules/@stria/browser-opfs/dist/bundle")],
];
const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const page = `<!doctype html><meta charset="utf-8"><title>bench</title>
<script type="module" src="/main.js"></script>`;

/** A running site. */
export interface Site {
  /** Of the page; `isolated` asks for the cross-origin isolated one. */
  readonly address: (isolated: boolean) => string;
  readonly close: () => Promise<void>;
}

export async function startSite(): Promise<Site> {
  const scripts = await bundles();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    answer(pathname, scripts, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: (isolated) => `http://localhost:${port}/${isolated ? "isolated" : ""}`,
    close: () => closed(server),
  };
}

async function bundles(): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: ["main", ...workers].map((name) => join(home, "page", `${name}.ts`)),
    outdir: "/",
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
    logLevel: "warning",
  });
  return new Map(outputFiles.map(({ path, text }) => [path, text]));
}

function answer(path: string, scripts: Map<string, string>, response: ServerResponse): void {
  if (path === "/isolated" || path !== "/") {
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
  }
  const type = types[extname(path)];
  if (type === undefined) {
    response.setHeader("Content-Type", "text/html");
    response.end(page);
    return;
  }
  response.setHeader("Content-Type", type);
  const script = scripts.get(path);
  if (script !== undefined) {
    response.end(script);
    return;
  }
  const [prefix, directory] = shown.find(([start]) => path.startsWith(start)) ?? ["/", home];
  try {
    response.end(readFileSync(join(directory, path.slice(prefix.length))));
  } catch (error) {
    response.writeHead(404).end(String(error));
  }
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
