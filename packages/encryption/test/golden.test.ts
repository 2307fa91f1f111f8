/**
 * A segment sealed once and for all: whatever implementation runs today must read these bytes and,
 * given the same salt, write them again. A change here is a change of the format.
 */
import { describe, expect, test } from "vitest";
import { encryption, openEnvelope, SubjectKeys, subjectSealer } from "../src/index.ts";
import { hex, toHex } from "./hex.ts";
import { implementations } from "./implementations.ts";

const key = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const context = { logId: hex("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"), segmentId: 3 };
const aad = hex("00112233445566778899aabbccddeeff");
const body = new TextEncoder().encode("a frame's body");

const golden = {
  header: {
    keyId: "65990345677727707ad7384463b94b88",
    salt: "a0".repeat(32),
    commitment: "9e53ff55ee0bde8a92a0281004e0905b19f460c0a8ed200f406f8a36e88a9e0b",
  },
  "aes-256-gcm": {
    suite: 1,
    tag: "13547f6d559dd824e8c4aabdbe52e8f8",
    frame: "1129375cd86676ec1dcf549cd15bfc7b1199467de82bd5b8f0a4bba16492",
  },
  "chacha20-poly1305": {
    suite: 2,
    tag: "a40044348f432454718c10d96209d1d2",
    frame: "a03778a9a94ac0fb80d5371dc1bf9eb27e464f1ddf3c2fd12af97a416942",
  },
} as const;

describe.each(implementations)("$title", ({ suite, aead }) => {
  test("writes and reads the golden segment", async () => {
    const cipher = encryption({
      keys: [key],
      suite,
      implementation: aead.implementation,
      random: (into) => into.fill(0xa0),
    });
    await cipher.prepare([]);
    const { header, cipher: writer } = cipher.createSegment(context);
    const [tag, frame] = [new Uint8Array(16), new Uint8Array(body.length + 16)];
    writer.seal(0, aad, new Uint8Array(0), tag);
    writer.seal(1, aad, body, frame);
    expect({
      suite: header.suite,
      keyId: toHex(header.keyId),
      salt: toHex(header.salt),
      commitment: toHex(header.commitment),
      tag: toHex(tag),
      frame: toHex(frame),
    }).toEqual({ ...golden.header, ...golden[suite] });
    const reader = cipher.openSegment(context, header);
    const opened = new Uint8Array(body.length);
    expect(reader.open(0, aad, hex(golden[suite].tag), new Uint8Array(0))).toBe(0);
    expect(reader.open(1, aad, hex(golden[suite].frame), opened)).toBe(body.length);
    expect(opened).toEqual(body);
  });
});

test("opens the golden key file", async () => {
  const keys = await openEnvelope(hex(goldenKeyFile), "correct horse battery staple");
  expect(keys.map((found) => toHex(found.exportBytes()))).toEqual(["11".repeat(32), toHex(key)]);
});

test("opens the golden subject keys and payload", () => {
  const keys = SubjectKeys.open(hex(goldenSubjectKeys), [key]);
  expect(subjectSealer(keys).open(hex(goldenPayload))).toEqual({
    subject: "customer-42",
    shredded: false,
    payload: body,
  });
});

const goldenKeyFile =
  "53545249414b4559010102000001000002000000020000000e6aefa2ec8c299a0e09c4bcb5dc02d97519b50a70aba88c0f8fe3607d35a397ab7064ed2ed08066710c011ef42170514c79662d0fe87b22f290225aa6ecffaadda442ef2c84199151e98b2195eeea89d3f802f49c2f3d26b8b86ec8edbcd49feac478cad685e834caaf28b8b93fed99b7b6fed88bd7c7f752b5ddd7957ecbe62725024cdf1b6259c15b695126919fe4d3c6510c6beeaad140a6175708cce5259e5a808e0dcb56eb0e478aa2e7ea57fd8492732d4be83ae6eb8415f5cb5ecca19f2b5a6a1857461b90047758ca02c54b";
const goldenSubjectKeys =
  "53545249415355420100000065990345677727707ad7384463b94b88499b9f37809fda0e627edfc0af6d97c6a4b49c1b9dc9d2a984adedb4ce13633f77e0c0b2e217db5cdb6fb7d8fcf0b8e9e752bc51fa5a41d520ee6157ddbba3e7fa18f455d99b372ad38d085d3b646b8cc9ccc2334377aac2c6c31eb51362e63a8e792bdd65e014344dabea9dbefa29ade9835aa94d43be133c9382dca2ecd787d90a37531021ad64c10f256e97ea07a29be1cb479c8796b7d6288d1e68bfcb4664db761ec3dd7219c87a6be252a318480c32134025e76ae4b71fa2ef15cc77a3efca51b8";
const goldenPayload =
  "010b8f994ceff755f7cb1860b83f6f29888dfc8a6ebd6f4deda09d6bbefbb0154c1d5ed7c1aaf12d029e637573746f6d65722d3432296b0ebcd170512b65b72c48a381503f275b567fadc89993ae895f4611bf";
