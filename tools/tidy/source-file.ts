/**
 * One source file as the rules see it: path, text, and what the parser makes of them. A rule is a pure
 * function of a file; it never touches the disk.
 */
import { parseSync } from "oxc-parser";
import type { ParseResult } from "oxc-parser";

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A place where a rule is broken. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export type Rule = (file: SourceFile) => Finding[];

const parsed = new WeakMap<SourceFile, ParseResult>();

/** The file's syntax tree, parsed once. A file that cannot be parsed throws: nothing can be said of it. */
export function parse(file: SourceFile): ParseResult {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const result = parseSync(file.path, file.text);
  const [error] = result.errors;
  if (error !== undefined) throw new SyntaxError(`${file.path}: ${error.message}`);
  parsed.set(file, result);
  return result;
}

export function finding(file: SourceFile, offset: number, message: string): Finding {
  const line = file.text.slice(0, offset).split("\n").length;
  return { path: file.path, line, message };
}

/** Name of the package whose `src` the file is in, or `undefined`. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\/src\//u.exec(path)?.[1];
}
