/** Key derivation: HKDF-SHA-256 against its vectors, and our labels frozen by golden values. */
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { hkdfSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { deriveKeyId, deriveSegment } from "../src/segment/derivation.ts";
import { hex, toHex } from "./hex.ts";
import { hasVectors, readVectors } from "./vectors.ts";

const root = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const salt = hex("a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf");
const context = { logId: hex("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"), segmentId: 3 };

describe("HKDF-SHA-256", () => {
  test("reproduces RFC 5869, A.1", () => {
    const okm = hkdf(
      sha256,
      hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
      hex("000102030405060708090a0b0c"),
      hex("f0f1f2f3f4f5f6f7f8f9"),
      42,
    );
    expect(toHex(okm)).toBe(
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    );
  });

  const name = "hkdf_sha256_test.json";
  test.skipIf(!hasVectors(name))("passes every Wycheproof vector, noble and native", () => {
    interface Vector {
      tcId: number;
      ikm: string;
      salt: string;
      info: string;
      size: number;
      okm: string;
      result: string;
    }
    const groups = (readVectors(name) as { testGroups: { tests: Vector[] }[] }).testGroups;
    const vectors = groups.flatMap((group) => group.tests);
    expect(vectors).toHaveLength(86);
    const expected = vectors.map((vector) => (vector.result === "valid" ? vector.okm : "refused"));
    const derive = {
      noble: (ikm: Uint8Array, salted: Uint8Array, info: Uint8Array, size: number) =>
        hkdf(sha256, ikm, salted, info, size),
      native: (ikm: Uint8Array, salted: Uint8Array, info: Uint8Array, size: number) =>
        new Uint8Array(hkdfSync("sha256", ikm, salted, info, size)),
    };
    for (const run of [derive.noble, derive.native]) {
      const found = vectors.map((vector) => {
        try {
          return toHex(run(hex(vector.ikm), hex(vector.salt), hex(vector.info), vector.size));
        } catch {
          // The three invalid vectors ask for more than 255 blocks.
          return "refused";
        }
      });
      expect(found).toEqual(expected);
    }
  });
});

describe("deriveSegment", () => {
  test("is what the page says, computed the long way with node:crypto", () => {
    const label = (text: string): Buffer => Buffer.from(`stria/v1 ${text}\0`, "utf8");
    const id = Buffer.alloc(8);
    id.writeBigUInt64LE(3n);
    const info = Buffer.concat([label("segment"), Buffer.of(2), context.logId, id]);
    const okm = Buffer.from(hkdfSync("sha256", root, salt, info, 44));
    const secrets = deriveSegment(root, salt, 2, context);
    expect(toHex(secrets.key)).toBe(okm.toString("hex", 0, 32));
    expect(toHex(secrets.baseNonce)).toBe(okm.toString("hex", 32));
    const commitment = Buffer.from(hkdfSync("sha256", root, salt, label("commitment"), 32));
    expect(toHex(secrets.commitment)).toBe(commitment.toString("hex"));
    const keyId = Buffer.from(hkdfSync("sha256", root, "", label("key id"), 16));
    expect(toHex(deriveKeyId(root))).toBe(keyId.toString("hex"));
  });

  test("depends on everything that names the place", () => {
    const variants = [
      deriveSegment(root, salt, 2, context),
      deriveSegment(root, salt, 1, context),
      deriveSegment(root, salt, 2, { ...context, segmentId: 4 }),
      deriveSegment(root, salt, 2, { ...context, segmentId: 3 + 2 ** 32 }),
      deriveSegment(root, salt, 2, { ...context, logId: hex("c1".repeat(16)) }),
      deriveSegment(root, hex("a1".repeat(32)), 2, context),
      deriveSegment(hex("01".repeat(32)), salt, 2, context),
    ];
    expect(new Set(variants.map((secrets) => toHex(secrets.key))).size).toBe(variants.length);
    expect(new Set(variants.map((secrets) => toHex(secrets.baseNonce))).size).toBe(variants.length);
  });

  test("names the argument of a wrong size", () => {
    const bad = (changed: object) => (): unknown =>
      deriveSegment(root, salt, 2, { ...context, ...changed });
    expect(bad({ logId: new Uint8Array(15) })).toThrow(/logId must have 16 bytes, got 15/);
    expect(bad({ segmentId: -1 })).toThrow(RangeError);
    expect(bad({ segmentId: 2 ** 53 })).toThrow(RangeError);
  });
});
