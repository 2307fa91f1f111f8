/** Every implementation this runtime has, as rows for `describe.each`. */
import type { Aead } from "../src/aead/aead.ts";
import { nativeAead } from "../src/aead/native-aead.ts";
import { nobleAead } from "../src/aead/noble-aead.ts";
import type { SuiteName } from "../src/aead/suite.ts";

export const suiteNames: readonly SuiteName[] = ["aes-256-gcm", "chacha20-poly1305"];

export interface ImplementationRow {
  readonly title: string;
  readonly suite: SuiteName;
  readonly aead: Aead;
}

export const implementations: readonly ImplementationRow[] = suiteNames
  .flatMap((suite) => [nobleAead(suite), nativeAead(suite)])
  .filter((aead) => aead !== undefined)
  .map((aead) => ({ title: `${aead.suite}, ${aead.implementation}`, suite: aead.suite, aead }));
