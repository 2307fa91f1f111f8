/**
 * Which implementation of a suite this runtime uses. Native wins wherever it exists: measured on
 * Node, Deno and Bun at every frame size (docs/adr/0008-default-cipher-suite.md).
 *
 * | runtime | aes-256-gcm | chacha20-poly1305 |
 * |---|---|---|
 * | Node, Deno | native | native |
 * | Bun | native | noble |
 * | browser | noble | noble |
 */
import { WalError } from "@stria/core";
import type { Aead, ImplementationName } from "./aead.ts";
import { nativeAead } from "./native-aead.ts";
import { nobleAead } from "./noble-aead.ts";
import type { SuiteName } from "./suite.ts";

/** `auto`: native where there is one, else noble. */
export type ImplementationChoice = "auto" | ImplementationName;

/**
 * The implementation to use. Throws `RangeError` for an unknown choice, `WAL_UNSUPPORTED_CIPHER` when
 * `native` is asked for and this runtime does not have it.
 */
export function chooseAead(suite: SuiteName, choice: ImplementationChoice): Aead {
  switch (choice) {
    case "auto":
      return nativeAead(suite) ?? nobleAead(suite);
    case "noble":
      return nobleAead(suite);
    case "native": {
      const aead = nativeAead(suite);
      if (aead !== undefined) return aead;
      throw new WalError(
        "WAL_UNSUPPORTED_CIPHER",
        `this runtime has no native ${suite}; use implementation "auto" or another suite`,
      );
    }
    default:
      throw new RangeError('implementation must be "auto", "native" or "noble"');
  }
}
