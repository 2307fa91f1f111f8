/** Nonces: base XOR sequence, checked against C2SP chunked-encryption, which numbers its chunks alike. */
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Aead } from "../src/aead/aead.ts";
import { maxSequence, writeNonce } from "../src/segment/nonce.ts";
import { hex, toHex } from "./hex.ts";
import { implementations } from "./implementations.ts";
import { hasVectors, readVectors } from "./vectors.ts";

test("XORs the sequence into the last four bytes, big-endian", () => {
  const base = hex("f0f1f2f3f4f5f6f7f8f9fafb");
  const nonce = (sequence: number): string => {
    const target = new Uint8Array(12);
    writeNonce(base, sequence, target);
    return toHex(target);
  };
  expect(nonce(0)).toBe("f0f1f2f3f4f5f6f7f8f9fafb");
  expect(nonce(1)).toBe("f0f1f2f3f4f5f6f7f8f9fafa");
  expect(nonce(0x01020304)).toBe("f0f1f2f3f4f5f6f7f9fbf9ff");
  expect(nonce(maxSequence)).toBe("f0f1f2f3f4f5f6f778f9fafb");
});

const name = "c2sp_chunked_encryption_aes_256_gcm_test.json";
const chunkBytes = 16_384;

interface Vector {
  tcId: number;
  ct: string;
  aeadKey?: string;
  baseNonce?: string;
  msgSha512?: string;
  result: string;
  flags: string[];
}

describe
  .skipIf(!hasVectors(name))
  .each(implementations.filter((row) => row.suite === "aes-256-gcm"))(
  "C2SP chunked encryption, $title",
  ({ aead }) => {
    test("opens the valid messages chunk by chunk and no invalid one whole", () => {
      const vectors = (readVectors(name) as { testGroups: { tests: Vector[] }[] }).testGroups
        .flatMap((group) => group.tests)
        .filter((vector) => vector.aeadKey !== undefined);
      expect(vectors).toHaveLength(25);
      const found = vectors.map((vector) => {
        const message = openChunks(aead, vector);
        return message && createHash("sha512").update(message).digest("hex");
      });
      expect(found).toEqual(
        vectors.map(({ result, msgSha512 }) => (result === "valid" ? msgSha512 : undefined)),
      );
    });
  },
);

/** The message, or undefined: behind salt and commitment, chunk n is sealed under base XOR n. */
function openChunks(aead: Aead, vector: Vector): Buffer | undefined {
  const body = inflateSync(hex(vector.ct)).subarray(24 + 32);
  const [key, base] = [hex(vector.aeadKey ?? ""), hex(vector.baseNonce ?? "")];
  const chunks: Uint8Array[] = [];
  for (let sequence = 0; ; sequence++) {
    const at = sequence * (chunkBytes + 16);
    const sealed = body.subarray(at, at + chunkBytes + 16);
    if (sealed.length < 16) return undefined;
    const nonce = new Uint8Array(12);
    writeNonce(base, sequence, nonce);
    const chunk = new Uint8Array(sealed.length - 16);
    if (!aead.open({ key, nonce, aad: new Uint8Array(0) }, sealed, chunk)) return undefined;
    chunks.push(chunk);
    if (chunk.length < chunkBytes) {
      // A short chunk ends the message: nothing may follow.
      return at + sealed.length === body.length ? Buffer.concat(chunks) : undefined;
    }
  }
}
