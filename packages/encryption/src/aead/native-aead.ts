/**
 * The suites on `node:crypto`, where the runtime has it: Node, Deno and Bun. Reached through
 * `process.getBuiltinModule`, so that a browser bundle neither contains nor asks for it. Whether a
 * cipher is really there is found out by sealing with it: lists of cipher names are not reliable.
 */
import type { Aead } from "./aead.ts";
import { keyBytes, nonceBytes, type SuiteName, tagBytes } from "./suite.ts";

/** The runtime's own implementation of the suite, or undefined where it has none. */
export function nativeAead(suite: SuiteName): Aead | undefined {
  if (!probed.has(suite)) probed.set(suite, probe(suite));
  return probed.get(suite);
}

/** What is used of `node:crypto`; typed here because this package is compiled without Node's types. */
interface NodeCrypto {
  createCipheriv(suite: SuiteName, key: Uint8Array, nonce: Uint8Array, options: TagOptions): Seal;
  createDecipheriv(suite: SuiteName, key: Uint8Array, nonce: Uint8Array, options: TagOptions): Open;
}
interface TagOptions {
  readonly authTagLength: number;
}
interface Seal {
  setAAD(aad: Uint8Array): unknown;
  update(plaintext: Uint8Array): Uint8Array;
  final(): Uint8Array;
  getAuthTag(): Uint8Array;
}
interface Open {
  setAuthTag(tag: Uint8Array): unknown;
  setAAD(aad: Uint8Array): unknown;
  update(ciphertext: Uint8Array): Uint8Array;
  final(): Uint8Array;
}

const probed = new Map<SuiteName, Aead | undefined>();
const tagOptions: TagOptions = { authTagLength: tagBytes };

function probe(suite: SuiteName): Aead | undefined {
  const crypto = nodeCrypto();
  if (crypto === undefined) return undefined;
  const aead = nodeAead(crypto, suite);
  return works(aead) ? aead : undefined;
}

function nodeCrypto(): NodeCrypto | undefined {
  const runtime = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  return runtime.process?.getBuiltinModule?.("node:crypto") as NodeCrypto | undefined;
}

function nodeAead(crypto: NodeCrypto, suite: SuiteName): Aead {
  return {
    suite,
    implementation: "native",
    seal({ key, nonce, aad }, plaintext, target) {
      const cipher = crypto.createCipheriv(suite, key, nonce, tagOptions);
      cipher.setAAD(aad);
      // Both are stream ciphers: update() returns everything, final() nothing.
      target.set(cipher.update(plaintext));
      cipher.final();
      target.set(cipher.getAuthTag(), plaintext.length);
    },
    open({ key, nonce, aad }, sealed, target) {
      const length = sealed.length - tagBytes;
      const decipher = crypto.createDecipheriv(suite, key, nonce, tagOptions);
      decipher.setAuthTag(sealed.subarray(length));
      decipher.setAAD(aad);
      // Not yet authenticated: it must not reach the target before final() has agreed.
      const plaintext = decipher.update(sealed.subarray(0, length));
      try {
        decipher.final();
      } catch {
        // The only thing final() can object to here is the tag; runtimes word it differently.
        plaintext.fill(0);
        return false;
      }
      target.set(plaintext);
      return true;
    },
  };
}

/** Round trip and refusal of a wrong tag, on this runtime, now. */
function works(aead: Aead): boolean {
  const input = {
    key: new Uint8Array(keyBytes).fill(1),
    nonce: new Uint8Array(nonceBytes).fill(2),
    aad: Uint8Array.of(3),
  };
  const plaintext = Uint8Array.of(4, 5, 6);
  const sealed = new Uint8Array(plaintext.length + tagBytes);
  const opened = new Uint8Array(plaintext.length);
  try {
    aead.seal(input, plaintext, sealed);
    if (!aead.open(input, sealed, opened)) return false;
    sealed[0] = (sealed[0] ?? 0) ^ 1;
    return opened.every((byte, at) => byte === plaintext[at]) && !aead.open(input, sealed, opened);
  } catch {
    // This runtime does not know the cipher (Bun and ChaCha20-Poly1305, say): the caller falls back.
    return false;
  }
}
