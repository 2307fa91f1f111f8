/**
 * Which package may import what, and in which order the stages of the core depend on each other.
 * The table is the one of the architecture document; this file is what makes it a rule.
 */
import { posix } from "node:path";
import { Visitor } from "oxc-parser";
import { finding, packageOf, parse } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

/** What a package's `src` may import besides its own files. */
const allowed: Record<string, (specifier: string) => boolean> = {
  core: (specifier) => specifier === "crc-32",
  encryption: (specifier) => specifier === "@stria/core" || specifier.startsWith("@noble/"),
  testkit: (specifier) => specifier === "@stria/core",
  "node-fs": (specifier) =>
    specifier === "@stria/core" || specifier === "@stria/core/remote" || !isWorkspace(specifier),
  "browser-indexeddb": (specifier) => specifier === "@stria/core" || specifier === "idb",
  "browser-opfs": (specifier) =>
    specifier === "@stria/core" ||
    specifier === "@stria/core/remote" ||
    !(isWorkspace(specifier) || specifier.startsWith("node:")),
};

/** Public entry points besides a package's own name. */
const subpaths = new Set(["@stria/core/inspect", "@stria/core/remote"]);

/** The folders of the core in pipeline order: each may import itself and those before it. */
const stages = ["format", "append", "segment", "commit", "recovery", "read", "retention"];

/** Folders of the core that stand outside the log, on top of its public calls; no stage may know them. */
const outside: ReadonlySet<string> = new Set(["remote"]);

/** The pure contracts the byte formats may know: no I/O in any of them. */
const formatContracts = new Set(["errors.ts", "checksum.ts", "cipher.ts"]);

/** Top-level files of the core that drive the stages; no stage may know them. */
const drivers = new Set(["index.ts", "wal.ts"]);

/** An import of another file or package, wherever it stands. */
interface Import {
  readonly specifier: string;
  readonly offset: number;
}

/** Packages and apps import what the architecture lets them, by public entry points. */
export function packageImports(file: SourceFile): Finding[] {
  const name = packageOf(file.path);
  if (name === undefined) return [];
  const mayImport = allowed[name];
  return importsOf(file).flatMap(({ specifier, offset }) => {
    if (specifier.startsWith(".")) {
      const target = posix.join(posix.dirname(file.path), specifier);
      if (packageOf(target) === name) return [];
      return [finding(file, offset, `${specifier} leaves the package's src`)];
    }
    if (isWorkspace(specifier) && specifier.split("/").length > 2 && !subpaths.has(specifier)) {
      return [finding(file, offset, `${specifier} is not a public entry point`)];
    }
    if (mayImport === undefined || mayImport(specifier)) return [];
    return [finding(file, offset, `${name} must not import ${specifier}`)];
  });
}

/** A stage of the core imports only itself, earlier stages and top-level contracts. */
export function stageOrder(file: SourceFile): Finding[] {
  const root = "packages/core/src/";
  if (!file.path.startsWith(root)) return [];
  const from = file.path.slice(root.length).split("/")[0] ?? "";
  if (from.endsWith(".ts") || outside.has(from)) return [];
  if (!stages.includes(from)) {
    return [finding(file, 0, `folder ${from} has no place in the order ${stages.join(" < ")}`)];
  }
  return importsOf(file)
    .filter(({ specifier }) => specifier.startsWith("."))
    .flatMap(({ specifier, offset }) => {
      const target = posix.join(posix.dirname(file.path), specifier).slice(root.length);
      return mayKnow(from, target)
        ? []
        : [finding(file, offset, `${from} must not know ${target}`)];
    });
}

function mayKnow(stage: string, target: string): boolean {
  if (!target.includes("/")) {
    return stage === "format" ? formatContracts.has(target) : !drivers.has(target);
  }
  const to = target.split("/")[0] ?? "";
  return stages.includes(to) && stages.indexOf(to) <= stages.indexOf(stage);
}

/** Every import, export-from, dynamic import and import type of a file. */
function importsOf(file: SourceFile): Import[] {
  const { module, program } = parse(file);
  const found: Import[] = module.staticImports.map(({ moduleRequest }) => ({
    specifier: moduleRequest.value,
    offset: moduleRequest.start,
  }));
  for (const { moduleRequest } of module.staticExports.flatMap(({ entries }) => entries)) {
    if (moduleRequest !== null) {
      found.push({ specifier: moduleRequest.value, offset: moduleRequest.start });
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const text = file.text.slice(moduleRequest.start, moduleRequest.end);
    found.push({ specifier: text.replaceAll(/^["'`]|["'`]$/gu, ""), offset: moduleRequest.start });
  }
  new Visitor({
    TSImportType(node) {
      found.push({ specifier: node.source.value, offset: node.start });
    },
  }).visit(program);
  return found;
}

function isWorkspace(specifier: string): boolean {
  return specifier.startsWith("@stria/");
}
