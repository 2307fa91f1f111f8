/** Both suites and the envelope's XChaCha20-Poly1305 against published vectors, every implementation. */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { describe, expect, test } from "vitest";
import type { Aead } from "../src/aead/aead.ts";
import { chooseAead } from "../src/aead/choose-aead.ts";
import { hex, toHex } from "./hex.ts";
import { implementations, suiteNames } from "./implementations.ts";
import { type AeadVector, hasVectors, readVectors } from "./vectors.ts";

const sunscreen = `4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f6620273939
  3a204966204920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572
  652c2073756e73637265656e20776f756c642062652069742e`;

const published = {
  // RFC 8439, 2.8.2
  "chacha20-poly1305": {
    key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
    iv: "070000004041424344454647",
    aad: "50515253c0c1c2c3c4c5c6c7",
    msg: sunscreen,
    ct: `d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69
      da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b
      4831d7bc3ff4def08e4b7a9de576d26586cec64b6116`,
    tag: "1ae10b594f09e26a7e902ecbd0600691",
  },
  // The GCM specification (McGrew and Viega), test case 16
  "aes-256-gcm": {
    key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
    iv: "cafebabefacedbaddecaf888",
    aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    msg: `d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24
      49a6b525b16aedf5aa0de657ba637b39`,
    ct: `522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10
      56828838c5f61e6393ba7a0abcc9f662`,
    tag: "76fc6ece0f4e1768cddf8853bb2d551b",
  },
} as const;

const files = {
  "chacha20-poly1305": { name: "min_chacha20_poly1305_test.json", tests: 316 },
  "aes-256-gcm": { name: "min_aes_gcm_test.json", tests: 66 },
} as const;

test("this runtime has the native ciphers the table in choose-aead.ts says", () => {
  const bun = "bun" in process.versions;
  const native = suiteNames.filter((suite) => !(bun && suite === "chacha20-poly1305"));
  expect(implementations.filter((row) => row.aead.implementation === "native")).toHaveLength(
    native.length,
  );
  expect(native.map((suite) => chooseAead(suite, "auto").implementation)).toEqual(
    native.map(() => "native"),
  );
});

describe.each(implementations)("$title", ({ suite, aead }) => {
  test("reproduces the specification's vector", () => {
    const { key, iv, aad, msg, ct, tag } = published[suite];
    expect(toHex(seal(aead, { key, iv, aad }, hex(msg)))).toBe(toHex(hex(ct + tag)));
    expect(open(aead, { key, iv, aad }, hex(ct + tag))).toEqual(hex(msg));
  });

  const { name, tests } = files[suite];
  test.skipIf(!hasVectors(name))("passes every Wycheproof vector", () => {
    const vectors = (readVectors(name) as { tests: AeadVector[] }).tests;
    expect(vectors).toHaveLength(tests);
    expect(vectors.map((vector) => outcome(vector, operations(aead)))).toEqual(
      vectors.map(expected),
    );
  });
});

describe("xchacha20-poly1305, noble", () => {
  test("reproduces the draft's vector", () => {
    // draft-irtf-cfrg-xchacha-03, A.3.1
    const key = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    const nonce = hex("404142434445464748494a4b4c4d4e4f5051525354555657");
    const aad = hex("50515253c0c1c2c3c4c5c6c7");
    const sealed = xchacha20poly1305(key, nonce, aad).encrypt(hex(sunscreen));
    expect(toHex(sealed.slice(-16))).toBe("c0875924c1c7987947deafd8780acf49");
    expect(toHex(sealed.slice(0, 16))).toBe("bd6d179d3e83d43b9576579493c0e939");
  });

  const name = "min_xchacha20_poly1305_test.json";
  test.skipIf(!hasVectors(name))("passes every Wycheproof vector", () => {
    const vectors = (readVectors(name) as { tests: AeadVector[] }).tests;
    expect(vectors).toHaveLength(306);
    expect(vectors.map((vector) => outcome(vector, xchacha))).toEqual(vectors.map(expected));
  });
});

interface Operations {
  seal(place: Place, msg: Uint8Array): Uint8Array;
  open(place: Place, sealed: Uint8Array): Uint8Array | undefined;
}

const xchacha: Operations = {
  seal: ({ key, iv, aad }, msg) => xchacha20poly1305(hex(key), hex(iv), hex(aad)).encrypt(msg),
  open({ key, iv, aad }, sealed) {
    try {
      return xchacha20poly1305(hex(key), hex(iv), hex(aad)).decrypt(sealed);
    } catch (error) {
      if (error instanceof Error && error.message === "invalid tag") return undefined;
      throw error;
    }
  },
};

function operations(aead: Aead): Operations {
  return {
    seal: (place, msg) => seal(aead, place, msg),
    open: (place, sealed) => open(aead, place, sealed),
  };
}

interface Outcome {
  readonly tcId: number;
  readonly opened: string | undefined;
  readonly sealed: string | undefined;
}

/** What an implementation makes of a vector; only valid ones are sealed as well. */
function outcome(vector: AeadVector, aead: Operations): Outcome {
  const opened = aead.open(vector, hex(vector.ct + vector.tag));
  const sealed = vector.result === "valid" ? aead.seal(vector, hex(vector.msg)) : undefined;
  return { tcId: vector.tcId, opened: opened && toHex(opened), sealed: sealed && toHex(sealed) };
}

/** What the vector says it should. */
function expected({ tcId, result, msg, ct, tag }: AeadVector): Outcome {
  const valid = result === "valid";
  return { tcId, opened: valid ? msg : undefined, sealed: valid ? ct + tag : undefined };
}

type Place = Pick<AeadVector, "key" | "iv" | "aad">;

function seal(aead: Aead, { key, iv, aad }: Place, msg: Uint8Array): Uint8Array {
  const target = new Uint8Array(msg.length + 16);
  aead.seal({ key: hex(key), nonce: hex(iv), aad: hex(aad) }, msg, target);
  return target;
}

function open(aead: Aead, { key, iv, aad }: Place, sealed: Uint8Array): Uint8Array | undefined {
  const target = new Uint8Array(sealed.length - 16);
  const opened = aead.open({ key: hex(key), nonce: hex(iv), aad: hex(aad) }, sealed, target);
  if (!opened && target.some((byte) => byte !== 0))
    throw new Error("plaintext without a right tag");
  return opened ? target : undefined;
}
