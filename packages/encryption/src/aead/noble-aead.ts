/**
 * The suites in JavaScript (`@noble/ciphers`): the same bytes in every runtime, browsers included.
 * Used where the runtime has no cipher of its own; ChaCha20 has no tables, AES there has, and so is
 * not constant-time.
 */
import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import type { Aead } from "./aead.ts";
import { type SuiteName, tagBytes } from "./suite.ts";

/** The suite in JavaScript. Always there. */
export function nobleAead(suite: SuiteName): Aead {
  return suite === "aes-256-gcm" ? nobleGcm : nobleChacha;
}

const nobleChacha: Aead = {
  suite: "chacha20-poly1305",
  implementation: "noble",
  seal({ key, nonce, aad }, plaintext, target) {
    chacha20poly1305(key, nonce, aad).encrypt(plaintext, target);
  },
  open({ key, nonce, aad }, sealed, target) {
    // noble compares the tag before it writes anything.
    return authenticates(() => chacha20poly1305(key, nonce, aad).decrypt(sealed, target));
  },
};

const nobleGcm: Aead = {
  suite: "aes-256-gcm",
  implementation: "noble",
  seal({ key, nonce, aad }, plaintext, target) {
    // noble's GCM takes no output, so one copy is unavoidable.
    target.set(gcm(key, nonce, aad).encrypt(plaintext));
  },
  open({ key, nonce, aad }, sealed, target) {
    return authenticates(() => {
      const plaintext = gcm(key, nonce, aad).decrypt(sealed);
      target.set(plaintext.subarray(0, sealed.length - tagBytes));
    });
  },
};

/** True unless noble refuses the tag; anything else it throws is a defect and goes on. */
function authenticates(open: () => void): boolean {
  try {
    open();
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.endsWith("invalid tag")) return false;
    throw error;
  }
}
