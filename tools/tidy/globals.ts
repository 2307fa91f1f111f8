/**
 * The core names no platform: no Node, no DOM, no timers, no clock and no chance of its own. The compiler
 * refuses most of it already, as the core is compiled without platform types; this rule also sees
 * what a cast or a `declare` would hide. `clock.ts` is the one door to the runtime.
 */
import { Visitor } from "oxc-parser";
import type { BindingPattern, ParamPattern, Program } from "oxc-parser";
import { finding, parse } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

const platformNames = new Set([
  ..."process Buffer require module __dirname __filename global globalThis Deno Bun".split(" "),
  ..."window document navigator self location localStorage indexedDB fetch console".split(" "),
  ..."setTimeout setInterval setImmediate clearTimeout clearInterval queueMicrotask".split(" "),
  ..."requestAnimationFrame performance crypto Date Worker MessageChannel postMessage".split(" "),
]);

/** Names of platform globals in the core; properties and local names like them are fine. */
export function coreGlobals(file: SourceFile): Finding[] {
  if (!file.path.startsWith("packages/core/src/")) return [];
  if (file.path === "packages/core/src/clock.ts") return [];
  const { program } = parse(file);
  const found: Finding[] = [];
  const own = boundNames(program);
  const propertyNames = new Set<number>();
  const named = (node: { computed: boolean; key: { start: number } }): void => {
    if (!node.computed) propertyNames.add(node.key.start);
  };
  // Parents are visited before their children: a property's name is known as one when it is reached.
  new Visitor({
    MemberExpression(node) {
      if (!node.computed) propertyNames.add(node.property.start);
      const random = node.object.type === "Identifier" && node.object.name === "Math";
      if (random && node.property.type === "Identifier" && node.property.name === "random") {
        found.push(finding(file, node.start, "the core must not use Math.random"));
      }
    },
    Property: (node) => (node.shorthand ? undefined : named(node)),
    PropertyDefinition: named,
    MethodDefinition: named,
    TSPropertySignature: named,
    TSMethodSignature: named,
    Identifier({ name, start }) {
      if (!platformNames.has(name) || own.has(name) || propertyNames.has(start)) return;
      found.push(finding(file, start, `the core must not name the global ${name}`));
    },
  }).visit(program);
  return found;
}

/** Names the file binds itself, as variables or parameters; `declare` binds nothing. */
function boundNames(program: Program): Set<string> {
  const names = new Set<string>();
  const bind = (pattern: BindingPattern | ParamPattern): void => {
    switch (pattern.type) {
      case "Identifier":
        names.add(pattern.name);
        break;
      case "ObjectPattern":
        for (const part of pattern.properties) {
          bind(part.type === "RestElement" ? part.argument : part.value);
        }
        break;
      case "ArrayPattern":
        for (const part of pattern.elements) if (part !== null) bind(part);
        break;
      case "AssignmentPattern":
        bind(pattern.left);
        break;
      case "RestElement":
        bind(pattern.argument);
        break;
      case "TSParameterProperty":
        bind(pattern.parameter);
        break;
    }
  };
  const bindAll = ({ params }: { params: ParamPattern[] }): void => params.forEach(bind);
  new Visitor({
    VariableDeclaration({ declare, declarations }) {
      if (declare !== true) for (const { id } of declarations) bind(id);
    },
    FunctionDeclaration: bindAll,
    FunctionExpression: bindAll,
    ArrowFunctionExpression: bindAll,
  }).visit(program);
  return names;
}
