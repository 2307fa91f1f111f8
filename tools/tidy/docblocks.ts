/**
 * Every symbol a package exports carries a documentation comment where it is declared. Follows the
 * re-exports of `src/index.ts` through the package's own files.
 */
import { posix } from "node:path";
import type { Program } from "oxc-parser";
import { finding, parse } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

/** All files of a package by path. */
export type FileSet = ReadonlyMap<string, SourceFile>;

/** Exported symbols of `index` (and of what it re-exports) without a docblock. */
export function undocumentedExports(index: SourceFile, files: FileSet): Finding[] {
  return exportedNames(index).flatMap((entry) => undocumented(entry, index, files));
}

/** One name leaving a file: `exported` outside, `local` in `from` or in the file itself. */
interface ExportedName {
  /** `undefined` for `export *`. */
  readonly local: string | undefined;
  readonly from: string | undefined;
  readonly offset: number;
}

function exportedNames(file: SourceFile): ExportedName[] {
  return parse(file)
    .module.staticExports.flatMap(({ entries }) => entries)
    .map(({ importName, localName, exportName, moduleRequest, start }) => ({
      local:
        (moduleRequest === null ? (localName.name ?? exportName.name) : importName.name) ??
        undefined,
      from: moduleRequest?.value,
      offset: start,
    }));
}

function undocumented(entry: ExportedName, file: SourceFile, files: FileSet): Finding[] {
  const { local, from, offset } = entry;
  if (from === undefined) return local === undefined ? [] : undocumentedHere(local, file, offset);
  if (!from.startsWith(".")) return []; // documented by the package it comes from
  const target = files.get(posix.join(posix.dirname(file.path), from));
  if (target === undefined)
    return [finding(file, offset, `re-exports ${from}, which is not there`)];
  const names = exportedNames(target);
  if (local === undefined) return names.flatMap((name) => undocumented(name, target, files));
  const passedOn = names.find((name) => name.from !== undefined && name.local === local);
  if (passedOn !== undefined) return undocumented(passedOn, target, files);
  return undocumentedHere(local, target, 0);
}

function undocumentedHere(name: string, file: SourceFile, offset: number): Finding[] {
  const { program, comments } = parse(file);
  const starts = declarations(program, name);
  const isDocumented = starts.some((start) =>
    comments.some(
      ({ type, value, end }) =>
        type === "Block" && value.startsWith("*") && file.text.slice(end, start).trim() === "",
    ),
  );
  if (isDocumented) return [];
  return [finding(file, starts[0] ?? offset, `exported ${name} has no documentation comment`)];
}

/** Where the statements that declare `name` begin (several for overloads). */
function declarations(program: Program, name: string): number[] {
  return program.body
    .filter((statement) => declaredNames(statement).includes(name))
    .map(({ start }) => start);
}

function declaredNames(statement: Program["body"][number]): string[] {
  switch (statement.type) {
    case "ExportNamedDeclaration":
      return statement.declaration === null ? [] : declaredNames(statement.declaration);
    case "VariableDeclaration":
      return statement.declarations.flatMap(({ id }) =>
        id.type === "Identifier" ? [id.name] : [],
      );
    case "FunctionDeclaration":
    case "ClassDeclaration":
    case "TSDeclareFunction":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      return statement.id === null ? [] : [statement.id.name];
    default:
      return [];
  }
}
