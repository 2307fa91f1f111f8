/** No secret in anything that is printed: messages, JSON, inspection, causes and stacks. */
import { isWalError } from "@stria/core";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  createEnvelope,
  encryption,
  Keyring,
  type KeyInput,
  openEnvelope,
  RootKey,
  SubjectKeys,
  subjectSealer,
} from "../src/index.ts";
import { toHex } from "./hex.ts";

// Bytes whose every spelling is easy to search for.
const secret = Uint8Array.from({ length: 32 }, (_, at) => 0xb0 + at);
const passphrase = "hunter2-hunter2";
const payload = new TextEncoder().encode("payload-of-the-record");
const context = { logId: new Uint8Array(16).fill(1), segmentId: 1 };
const cost = { memoryKiB: 64, passes: 1, lanes: 1 };

/** Ways in which bytes turn up in output. */
function spellings(bytes: Uint8Array): string[] {
  const part = bytes.subarray(4, 12);
  return [
    toHex(part),
    toHex(part).toUpperCase(),
    [...part].join(","),
    [...part].join(", "),
    [...part].map((byte) => byte.toString(16)).join(" "),
    Buffer.from(bytes.subarray(3, 12)).toString("base64"),
  ];
}

function shown(value: unknown): string {
  const depths = [{}, { depth: null }, { depth: null, showHidden: true, getters: true }];
  const parts = depths.map((options) => inspect(value, options));
  const text = [...parts, JSON.stringify(value), String(value)].join("\n");
  // Arrays are printed in columns, and as JSON with their indices.
  return [text, text.replaceAll(/\s+/g, ""), text.replaceAll(/"\d+":/g, "")].join("\n");
}

function leaks(text: string, hidden: readonly string[]): string[] {
  return hidden.filter((spelling) => text.includes(spelling));
}

describe("printing", () => {
  test("the search finds a secret that is there", () => {
    const text = [secret, Buffer.from(secret), toHex(secret), [...secret]];
    text.push(Buffer.from(secret).toString("base64"));
    expect(text.filter((value) => leaks(shown({ value }), spellings(secret)).length > 0)).toEqual(
      text,
    );
  });

  test("keys, keyrings, ciphers and segments show none", async () => {
    const cipher = encryption({ keys: [secret] });
    await cipher.prepare([]);
    const { header, cipher: segment } = cipher.createSegment(context);
    const objects = [
      RootKey.from(secret, "key"),
      new Keyring([secret]),
      cipher,
      header,
      segment,
      { nested: [cipher, new Keyring([secret])] },
    ];
    for (const object of objects) expect(leaks(shown(object), spellings(secret))).toEqual([]);
    expect(inspect(cipher)).toContain(RootKey.from(secret, "key").name);
  });

  test("a subject key store shows neither keys nor names", () => {
    const keys = SubjectKeys.create({ random: (into) => into.fill(0xcd) });
    keys.add("customer-42");
    const hidden = [...spellings(new Uint8Array(32).fill(0xcd)), "customer-42"];
    expect(leaks(shown(keys), hidden)).toEqual([]);
    expect(leaks(shown(subjectSealer(keys)), hidden)).toEqual([]);
  });

  test("a sealed key file and a sealed subject store do not hold the key in the clear", async () => {
    const file = await createEnvelope({ keys: [secret], passphrase, cost });
    const keys = SubjectKeys.create();
    keys.add("customer-42");
    const key = keys.current("customer-42")?.key ?? new Uint8Array(0);
    expect(toHex(file)).not.toContain(toHex(secret.subarray(4, 12)));
    expect(toHex(keys.seal(secret))).not.toContain(toHex(key.subarray(4, 12)));
    expect(Buffer.from(keys.seal(secret)).toString("latin1")).not.toContain("customer-42");
  });
});

describe("errors", () => {
  test("name what is wrong and never show it", async () => {
    const errors = [
      ...(await thrown([
        () => encryption({ keys: [secret, secret] }),
        () => encryption({ keys: [secret.subarray(1)] }),
        () => encryption({ keys: [toHex(secret) as unknown as KeyInput] }),
        () => encryption({ keys: [{ key: secret } as unknown as KeyInput] }),
        () => encryption({ keys: [{ id: secret, key: secret }] }),
        () => openWithWrongKey(),
        () => sealTwice(),
      ])),
      ...(await thrown([
        async () => openEnvelope(await createEnvelope({ keys: [secret], passphrase, cost }), "no"),
        async () => openEnvelope(secret, passphrase),
        async () => createEnvelope({ keys: [secret], passphrase, cost: { ...cost, lanes: 0 } }),
        async () => SubjectKeys.open(SubjectKeys.create().seal(secret), [other]),
        async () => subjectSealer(SubjectKeys.create()).seal("customer-42", payload),
        async () => subjectSealer(SubjectKeys.create()).open(tampered()),
      ])),
    ];
    expect(errors).toHaveLength(13);
    const hidden = [
      ...spellings(secret),
      passphrase,
      "payload-of",
      "customer-42",
      ...spellings(payload),
    ];
    for (const error of errors) expect(leaks(shown(error), hidden)).toEqual([]);
    expect(errors.every((error) => isWalError(error) || error instanceof Error)).toBe(true);
  });
});

const other = new Uint8Array(32).fill(7);

async function openWithWrongKey(): Promise<void> {
  const id = new Uint8Array(16).fill(9);
  const writer = encryption({ keys: [{ id, key: secret }] });
  const reader = encryption({ keys: [{ id, key: other }] });
  await Promise.all([writer.prepare([]), reader.prepare([])]);
  reader.openSegment(context, writer.createSegment(context).header);
}

async function sealTwice(): Promise<void> {
  const writer = encryption({ keys: [secret] });
  await writer.prepare([]);
  const { cipher } = writer.createSegment(context);
  const target = new Uint8Array(payload.length + 16);
  cipher.seal(1, payload, payload, target);
  cipher.seal(1, payload, payload, target);
}

function tampered(): Uint8Array {
  const keys = SubjectKeys.create();
  keys.add("customer-42");
  return subjectSealer(keys).seal("customer-42", payload);
}

async function thrown(runs: readonly (() => unknown)[]): Promise<unknown[]> {
  const results = await Promise.allSettled(runs.map(async (run) => run()));
  return results.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
}
