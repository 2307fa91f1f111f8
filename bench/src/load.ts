/**
 * Loads a rival by name. What it is must be said by the caller, in the few verbs that are used: so this
 * package builds and is checked without any rival installed.
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The ES module `name`. */
export function load(name: string): Promise<unknown> {
  return import(name) as Promise<unknown>;
}

/** What a CommonJS module exports; `beside` loads it as that package would. */
export function loadCommonJs(name: string, beside?: string): unknown {
  const from = beside === undefined ? require : createRequire(require.resolve(beside));
  return from(name);
}
