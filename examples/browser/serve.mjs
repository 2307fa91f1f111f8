/** A static server for the example: the files of this repository, on localhost. Any other one does as well. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const types = { ".html": "text/html", ".js": "text/javascript", ".map": "application/json" };

if (!existsSync(new URL("packages/browser-opfs/dist/bundle/stria.js", root))) {
  console.error("the bundle is not built yet: npm start, or pnpm run build");
  process.exit(1);
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const file = new URL(`.${pathname.endsWith("/") ? `${pathname}index.html` : pathname}`, root);
  const isInside = file.href.startsWith(root.href);
  if (!isInside || !existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end("not found");
    return;
  }
  response.setHeader("Content-Type", types[extname(file.pathname)] ?? "application/octet-stream");
  createReadStream(fileURLToPath(file)).pipe(response);
});

server.listen(Number(process.env.PORT ?? 8080), "localhost", () => {
  console.log(`http://localhost:${server.address().port}/examples/browser/`);
});
