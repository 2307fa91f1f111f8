/** A log with a cipher, end to end: what a wrong key meets, and that it changes nothing. */
import { memoryStorage, type Storage, Wal, type WalOptions } from "@stria/core";
import { describe, expect, test } from "vitest";
import {
  encryption,
  generateKey,
  keyIdOf,
  Keyring,
  SubjectKeys,
  subjectSealer,
} from "../src/index.ts";
import { toHex } from "./hex.ts";

const key = generateKey();
const text = new TextEncoder();

async function readAll(storage: Storage, options: Partial<WalOptions> = {}) {
  const wal = await Wal.open({ storage, ...options });
  const found: string[] = [];
  for await (const record of wal.read({ from: 1 })) {
    found.push(new TextDecoder().decode(record.payload));
  }
  await wal.close();
  return found;
}

async function bytesOf(storage: Storage): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of (await storage.list()).toSorted()) {
    const file = await storage.open(name);
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    await file.close();
    files[name] = toHex(bytes);
  }
  return files;
}

async function encryptedLog(...records: string[]): Promise<Storage> {
  const storage = memoryStorage();
  const wal = await Wal.open({ storage, cipher: encryption({ keys: [key] }) });
  for (const record of records) await wal.append(text.encode(record));
  await wal.close();
  return storage;
}

describe("an encrypted log", () => {
  test("opens with its key and shows no payload without it", async () => {
    const storage = await encryptedLog("a secret payload", "another one");
    const files = Object.values(await bytesOf(storage)).join("");
    expect(files).not.toContain(toHex(text.encode("secret")));
    expect(await readAll(storage, { cipher: encryption({ keys: [key] }) })).toEqual([
      "a secret payload",
      "another one",
    ]);
  });

  test.each([
    ["no cipher", undefined, "WAL_UNKNOWN_KEY"],
    ["a stranger's key", [generateKey()], "WAL_UNKNOWN_KEY"],
    ["a wrong key of the right id", [{ id: keyIdOf(key), key: generateKey() }], "WAL_WRONG_KEY"],
  ])("refuses %s at open, and stays as it was", async (_, keys, code) => {
    const storage = await encryptedLog("kept");
    const before = await bytesOf(storage);
    const options = keys === undefined ? {} : { cipher: encryption({ keys }) };
    await expect(Wal.open({ storage, ...options })).rejects.toMatchObject({ code });
    expect(await bytesOf(storage)).toEqual(before);
    expect(await readAll(storage, { cipher: encryption({ keys: [key] }) })).toEqual(["kept"]);
  });

  test("goes on under a new key after rotateKey, and needs both until the old is retired", async () => {
    const storage = memoryStorage();
    const keyring = new Keyring([key]);
    const wal = await Wal.open({ storage, cipher: encryption({ provider: keyring }) });
    await wal.append(text.encode("old"));
    const next = generateKey();
    keyring.rotate(next);
    await wal.rotateKey();
    await wal.append(text.encode("new"));
    await wal.close();
    const both = { cipher: encryption({ keys: [next, key] }) };
    expect(await readAll(storage, both)).toEqual(["old", "new"]);
    const only = { cipher: encryption({ keys: [next] }) };
    await expect(readAll(storage, only)).rejects.toMatchObject({ code: "WAL_UNKNOWN_KEY" });
  });

  test("is read by either suite's writer", async () => {
    const storage = await encryptedLog("one");
    const gcm = encryption({ keys: [key], suite: "aes-256-gcm" });
    const wal = await Wal.open({ storage, cipher: gcm });
    await wal.append(text.encode("two"));
    await wal.close();
    expect(await readAll(storage, { cipher: encryption({ keys: [key] }) })).toEqual(["one", "two"]);
  });
});

describe("a plaintext log", () => {
  test("is refused by a cipher, and taken over with allowPlaintext", async () => {
    const storage = memoryStorage();
    const plain = await Wal.open({ storage });
    await plain.append(text.encode("plain"));
    await plain.close();
    const strict = { cipher: encryption({ keys: [key] }) };
    await expect(readAll(storage, strict)).rejects.toMatchObject({ code: "WAL_PLAINTEXT" });
    const migrating = encryption({ keys: [key], allowPlaintext: true });
    const wal = await Wal.open({ storage, cipher: migrating });
    await wal.append(text.encode("sealed"));
    await wal.close();
    const again = { cipher: encryption({ keys: [key], allowPlaintext: true }) };
    expect(await readAll(storage, again)).toEqual(["plain", "sealed"]);
  });
});

test("a forgotten subject's records are shredded in the log; LSNs and the others stay", async () => {
  const storage = memoryStorage();
  const keys = SubjectKeys.create();
  const sealer = subjectSealer(keys);
  const wal = await Wal.open({ storage, cipher: encryption({ keys: [key] }) });
  for (const subject of ["a", "b", "a"]) {
    keys.add(subject);
    await wal.append(sealer.seal(subject, text.encode(`of ${subject}`)));
  }
  keys.forget("a");
  const found: unknown[] = [];
  for await (const { lsn, payload } of wal.read({ from: 1 })) {
    const opened = sealer.open(payload);
    found.push([lsn, opened.subject, opened.shredded ? "shredded" : toHex(opened.payload)]);
  }
  await wal.close();
  expect(found).toEqual([
    [1, "a", "shredded"],
    [2, "b", toHex(text.encode("of b"))],
    [3, "a", "shredded"],
  ]);
});
