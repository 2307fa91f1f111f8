/** The cipher contract, for both suites in every implementation, with keys at hand and with a slow provider. */
import { describe, test } from "vitest";
import { cipherContract } from "@stria/testkit";
import { encryption, Keyring } from "../src/index.ts";
import { implementations } from "./implementations.ts";

describe.each(implementations)("$title", ({ suite, aead }) => {
  cipherContract({
    test,
    create: (keys) => encryption({ keys, suite, implementation: aead.implementation }),
  });
});

describe("with an asynchronous key provider", () => {
  cipherContract({
    test,
    create(keys) {
      const ring = new Keyring(keys);
      return encryption({
        provider: {
          current: async () => ring.current(),
          get: async (keyId) => ring.get(keyId),
        },
      });
    },
  });
});
