/**
 * What `util.inspect` and `console.log` show of an object that holds a secret, in Node, Deno and Bun:
 * chosen here and not left to the runtime. The symbol is registered, so `node:util` is not imported.
 */

/** Makes instances of the class appear as `show` says. */
export function inspectAs<T extends object>(prototype: T, show: (self: T) => string): void {
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: T): string {
      return show(this);
    },
  });
}
