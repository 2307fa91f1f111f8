/** Makes the cipher a page has described: objects with methods cannot be sent, so the worker builds its own. */
import { WalError } from "@stria/core";
import type { Cipher } from "@stria/core";
import type { CipherDescription } from "../wal-request.ts";

/** Imports the module and calls its export with the remaining properties. */
export async function makeCipher(description: CipherDescription): Promise<Cipher> {
  const { module, export: name = "encryption", ...options } = description;
  let exports: Record<string, unknown>;
  try {
    exports = (await import(/* @vite-ignore */ /* webpackIgnore: true */ String(module))) as Record<
      string,
      unknown
    >;
  } catch (cause) {
    const message = `the worker cannot import cipher.module ${String(module)}: give the URL of an ES module`;
    throw new WalError("WAL_UNSUPPORTED", message, { cause });
  }
  const make = exports[name];
  if (typeof make !== "function") {
    throw new TypeError(`cipher.module ${String(module)} has no function named ${name}`);
  }
  return (make as (given: unknown) => Cipher)(options);
}
