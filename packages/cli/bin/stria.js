#!/usr/bin/env node
// Starts the built command; in a checkout that was never built it says what to do instead of a stack trace.
import { existsSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write(
    "stria: not built yet; run `npm start` or `pnpm run build` in the repository\n",
  );
  process.exitCode = 1;
}
