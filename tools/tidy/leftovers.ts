/**
 * What must not stay behind in a file: notes to self, files that outgrew one idea, and paths or hosts
 * of one machine.
 */
import { finding, parse } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

/** A file longer than this holds more than one idea. */
export const maxLines = 300;

export function fileLength(file: SourceFile): Finding[] {
  const lines = file.text.trimEnd().split("\n").length;
  if (lines <= maxLines) return [];
  return [{ path: file.path, line: maxLines + 1, message: `${lines} lines; at most ${maxLines}` }];
}

/** Comments that promise work instead of describing what is there. */
export function noNotesToSelf(file: SourceFile): Finding[] {
  return parse(file)
    .comments.filter(({ value }) => /\b(?:TODO|FIXME|XXX|HACK)\b/u.test(value))
    .map(({ value, start }) => finding(file, start, `left to do: ${value.trim()}`));
}

/** Absolute paths of one machine and hosts of one registry, in any text file. */
export function noMachinePaths(file: SourceFile): Finding[] {
  const machine =
    /(?<![\w.\])*-])\/(?:work|root|home\/[a-z]\w*|Users\/[A-Za-z]\w*|tmp\/[a-z]\w*)\/|\bregistry\.npm|\bdeb\.debian/gu;
  return [...file.text.matchAll(machine)].map((match) =>
    finding(file, match.index, `belongs to one machine: ${match[0]}`),
  );
}
