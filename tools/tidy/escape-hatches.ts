/**
 * Ways around the compiler, the linter and an error: `any`, suppression comments, a `catch` that
 * swallows without saying why.
 */
import { Visitor } from "oxc-parser";
import { finding, parse } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

/** `any` written anywhere as a type. */
export function noAny(file: SourceFile): Finding[] {
  const found: Finding[] = [];
  new Visitor({
    TSAnyKeyword(node) {
      found.push(finding(file, node.start, "`any` switches the type checker off"));
    },
  }).visit(parse(file).program);
  return found;
}

/** Comments that switch the compiler, the linter, the formatter or coverage off. */
export function noSuppression(file: SourceFile): Finding[] {
  const suppression =
    /^[\s*]*(?:@ts-(?:ignore|expect-error|nocheck)|(?:oxlint|eslint|biome|oxfmt|prettier|v8|c8|istanbul)[- ](?:disable|ignore))/u;
  return parse(file)
    .comments.filter(({ value }) => suppression.test(value))
    .map(({ value, start }) => finding(file, start, `suppression: ${value.trim()}`));
}

/** An empty `catch` needs a comment inside that names the error and says why it is fine. */
export function noSwallowedError(file: SourceFile): Finding[] {
  const { program, comments } = parse(file);
  const found: Finding[] = [];
  const isExplained = (body: { start: number; end: number }): boolean =>
    comments.some(({ start, end }) => start > body.start && end < body.end);
  new Visitor({
    CatchClause({ body, start }) {
      if (body.body.length > 0 || isExplained(body)) return;
      found.push(finding(file, start, "error swallowed without a reason"));
    },
    CallExpression({ callee, arguments: [handler], start }) {
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
      if (callee.property.name !== "catch" || handler?.type !== "ArrowFunctionExpression") return;
      const { body } = handler;
      const isEmpty = body.type === "BlockStatement" && body.body.length === 0;
      if (isEmpty && !isExplained(body)) {
        found.push(finding(file, start, "error swallowed without a reason"));
      }
    },
  }).visit(program);
  return found;
}
