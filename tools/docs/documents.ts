/** The repository's Markdown files and what the tests here want of them: links, anchors, code blocks. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const skipped = new Set(["node_modules", "dist", "coverage", "out", ".git", ".turbo"]);

/** A Markdown file; `path` from the repository's root, with forward slashes. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** A fenced code block. */
export interface CodeBlock {
  readonly document: string;
  /** Line of the fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** What follows the language on the fence: `run`, a name. */
  readonly words: readonly string[];
  readonly code: string;
}

/** All of them, in the order of their paths. */
export function readDocuments(): Document[] {
  return filesBelow("")
    .filter((path) => path.endsWith(".md"))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** Targets of inline links and images outside code. */
export function linksOf({ text }: Document): string[] {
  const prose = withoutCode(text);
  return [...prose.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)/gu)].map(
    (match) => match[1]!,
  );
}

/** Anchors of the headings, as GitHub makes them. */
export function anchorsOf({ text }: Document): Set<string> {
  const anchors = new Set<string>();
  for (const [, title] of withoutFences(text).matchAll(/^#{1,6} +(.+)$/gmu)) {
    const slug = title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/gu, "-");
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Fenced code blocks, in order. */
export function codeBlocksOf({ path, text }: Document): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = text.split("\n");
  let open: { line: number; info: string; code: string[] } | undefined;
  for (const [i, line] of lines.entries()) {
    const fence = /^```(.*)$/u.exec(line);
    if (fence === null) open?.code.push(line);
    else if (open === undefined) open = { line: i + 1, info: fence[1]!.trim(), code: [] };
    else {
      const [language = "", ...words] = open.info.split(/\s+/u);
      const code = `${open.code.join("\n")}\n`;
      blocks.push({ document: path, line: open.line, language, words, code });
      open = undefined;
    }
  }
  return blocks;
}

/** Text in back ticks outside code blocks. */
export function codeSpansOf({ text }: Document): string[] {
  return [...withoutFences(text).matchAll(/`([^`\n]+)`/gu)].map((match) => match[1]!);
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```[^]*?^```$/gmu, "");
}

function withoutCode(text: string): string {
  return withoutFences(text).replaceAll(/`[^`\n]*`/gu, "");
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}
