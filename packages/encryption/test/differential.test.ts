/** Any message gives the same bytes in noble, node:crypto and WebCrypto, and opens in all of them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nativeAead } from "../src/aead/native-aead.ts";
import { nobleAead } from "../src/aead/noble-aead.ts";
import { toHex } from "./hex.ts";
import { suiteNames } from "./implementations.ts";

const bytes = (length: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => Uint8Array.from(value));
const message = fc.record({
  key: bytes(32),
  nonce: bytes(12),
  aad: fc.uint8Array({ maxLength: 100 }).map((value) => Uint8Array.from(value)),
  body: fc.uint8Array({ maxLength: 2000 }).map((value) => Uint8Array.from(value)),
  // Where in its buffer the body lies: frames are not aligned.
  offset: fc.nat({ max: 7 }),
  flip: fc.nat(),
});

describe.each(suiteNames)("%s", (suite) => {
  const [noble, native] = [nobleAead(suite), nativeAead(suite)];
  // Bun has no native ChaCha20-Poly1305; aead-vectors.test.ts says where there must be one.
  test.skipIf(native === undefined)("noble and native agree, and refuse the same forgeries", () => {
    if (native === undefined) return;
    fc.assert(
      fc.property(message, ({ body, offset, flip, ...input }) => {
        const sealed = [noble, native].map((aead) => {
          const target = new Uint8Array(offset + body.length + 16).subarray(offset);
          aead.seal(input, body, target);
          return target;
        });
        expect(sealed.map(toHex)[0]).toBe(sealed.map(toHex)[1]);
        const frame = sealed[0] ?? new Uint8Array(0);
        const forged = frame.slice();
        forged[flip % forged.length] = (forged[flip % forged.length] ?? 0) ^ (1 << (flip % 8));
        for (const aead of [noble, native]) {
          const target = new Uint8Array(body.length);
          expect(aead.open(input, frame, target)).toBe(true);
          expect(target).toEqual(body);
          expect(aead.open(input, forged, target)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test("aes-256-gcm: WebCrypto agrees with noble and native", async () => {
  await fc.assert(
    fc.asyncProperty(message, async ({ body, key, nonce, aad }) => {
      const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
      const algorithm = { name: "AES-GCM", iv: nonce, additionalData: aad, tagLength: 128 };
      const theirs = toHex(new Uint8Array(await crypto.subtle.encrypt(algorithm, imported, body)));
      for (const aead of [nobleAead("aes-256-gcm"), nativeAead("aes-256-gcm")]) {
        const ours = new Uint8Array(body.length + 16);
        aead?.seal({ key, nonce, aad }, body, ours);
        expect(toHex(ours)).toBe(theirs);
      }
    }),
    { numRuns: 100 },
  );
});
