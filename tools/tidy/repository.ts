/** Reads the repository's own files for the rules; everything that is built or installed is left out. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "./source-file.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const skipped = new Set(["node_modules", "dist", "coverage", "out", "fixtures", ".git", ".turbo"]);
const textFile = /(?:\.(?:ts|tsx|mts|mjs|js|json|md|yaml|yml|html|css|sh)|\.ci\/run)$/u;

/** All text files of the repository, in the order of their paths. */
export function readRepository(): SourceFile[] {
  return filesBelow("")
    .filter((path) => textFile.test(path) && path !== "pnpm-lock.yaml")
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** Code, as opposed to documents and configuration. */
export function isCode(path: string): boolean {
  return /\.(?:ts|tsx|mts|mjs|js)$/u.test(path);
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}
