/**
 * Seven things that can be wrong with an encrypted log, or with who opens it, and the seven outcomes: each
 * is told from the others when the log is opened, on every storage, and none changes a byte.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Cipher, memoryStorage, type Storage, Wal, type WalHead } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { encryption, generateKey, keyIdOf } from "../src/index.ts";
import { toHex } from "./hex.ts";
import {
  encryptedLog,
  type Files,
  key,
  outcomeOf,
  right,
  verificationOf,
} from "./support/encrypted-log.ts";
import { bytesOf, fill, filesOf, readAll, storageOf } from "./support/logs.ts";
import { forgeFrame, frameOffsets } from "./support/reseal.ts";

/** A place for a log, and what of it must not change. */
interface Place {
  readonly storage: Storage;
  readonly state: () => Promise<Record<string, string>>;
}

const places: Record<string, (files: Files) => Promise<Place>> = {
  async memory(files) {
    const storage = memoryStorage();
    await fill(storage, files);
    return {
      storage,
      state: async () =>
        Object.fromEntries([...(await filesOf(storage))].map(([name, b]) => [name, toHex(b)])),
    };
  },
  async "node-fs"(files) {
    const directory = mkdtempSync(join(tmpdir(), "stria-outcomes-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const storage = nodeStorage(directory);
    await fill(storage, files);
    // The file that carries the lock is there from the first lock on, and empty when nobody holds it.
    await (await storage.lock()).release();
    return {
      storage,
      state: async () =>
        Object.fromEntries(
          readdirSync(directory).map((name) => {
            const bytes = readFileSync(join(directory, name)).toString("hex");
            const { mtimeNs } = statSync(join(directory, name), { bigint: true });
            return [name, name.endsWith(".wal") ? `${mtimeNs} ${bytes}` : bytes];
          }),
        ),
    };
  },
};

interface Case {
  readonly files: Files;
  readonly cipher: Cipher;
  readonly minHead?: WalHead;
  /** What a reader without the lock and a verification say. */
  readonly reader: string;
  readonly verify: string;
}

function newest(files: Files): [string, Uint8Array] {
  const [name, bytes] = [...files].at(-1)!;
  const copy = bytes.slice();
  files.set(name, copy);
  return [name, copy];
}

/** By the code an opening is refused with. */
const cases: Record<string, () => Promise<Case>> = {
  async WAL_WRONG_KEY() {
    const { files } = await encryptedLog();
    const cipher = encryption({ keys: [{ id: keyIdOf(key), key: generateKey() }] });
    return { files, cipher, reader: "WAL_WRONG_KEY", verify: "WAL_WRONG_KEY" };
  },
  async WAL_UNKNOWN_KEY() {
    const { files } = await encryptedLog();
    const cipher = encryption({ keys: [generateKey()] });
    return { files, cipher, reader: "WAL_UNKNOWN_KEY", verify: "WAL_UNKNOWN_KEY" };
  },
  async WAL_TAMPERED() {
    const { files } = await encryptedLog();
    const [, bytes] = newest(files);
    forgeFrame(bytes, frameOffsets(bytes)[0]!, 60);
    return { files, cipher: right(), reader: "WAL_TAMPERED", verify: "tampered" };
  },
  async WAL_CORRUPT() {
    const { files } = await encryptedLog();
    const [, bytes] = newest(files);
    bytes[frameOffsets(bytes)[0]! + 60]! ^= 1;
    return { files, cipher: right(), reader: "WAL_CORRUPT", verify: "frame" };
  },
  async WAL_PLAINTEXT() {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage });
    await wal.append(bytesOf("in the clear"));
    await wal.close();
    const files = await filesOf(storage);
    return { files, cipher: right(), reader: "WAL_PLAINTEXT", verify: "WAL_PLAINTEXT" };
  },
  async WAL_ROLLBACK() {
    const { old, head } = await encryptedLog();
    return { files: old.files, cipher: right(), minHead: head, reader: "read", verify: "sound" };
  },
};

describe.each(Object.keys(places))("on %s", (place) => {
  test.each(Object.keys(cases))("%s, at open; no byte changes, no lock stays", async (code) => {
    const { files, cipher, minHead, reader, verify } = await cases[code]!();
    const { storage, state } = await places[place]!(files);
    const before = await state();
    const opening = Wal.open({ storage, cipher, ...(minHead === undefined ? {} : { minHead }) });
    const error: unknown = await opening.then(
      () => "opened",
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code });
    for (const secret of [toHex(key), key.join(","), key.join(", ")]) {
      expect(inspect(error, { depth: 9 })).not.toContain(secret);
    }
    expect(await outcomeOf(readAll(storage, { cipher }))).toBe(reader);
    expect(await verificationOf(storage, cipher)).toBe(verify);
    expect(await state()).toEqual(before);
    // Nobody holds it: the next one gets it at once.
    await (await storage.lock()).release();
    expect(await state()).toEqual(before);
  });

  test("a torn tail is no error: the log opens with everything in front of it", async () => {
    const { files } = await encryptedLog({ killed: true });
    const [name, bytes] = newest(files);
    files.set(name, bytes.slice(0, frameOffsets(bytes).at(-1)! + 60));
    const { storage, state } = await places[place]!(files);
    const before = await state();
    expect(await verificationOf(storage, right())).toBe("sound");
    const wal = await Wal.open({ storage, cipher: right() });
    expect(wal.recovery).toMatchObject({ tail: "torn", tornBytes: 512 });
    // It may write its own segment; what it found stays as it was.
    expect(await state()).toMatchObject(walFiles(before));
    await wal.close();
    const texts = await readAll(storage, { cipher: right() });
    expect(texts.at(-1)).toContain("the last but one");
  });

  test("after each refusal the right key finds every record", async () => {
    const { files, head } = await encryptedLog();
    const whole = await readAll(await storageOf(files), { cipher: right() });
    const { storage } = await places[place]!(files);
    const attempts: [Cipher | undefined, WalHead | undefined][] = [
      [undefined, undefined],
      [encryption({ keys: [generateKey()] }), undefined],
      [encryption({ keys: [{ id: keyIdOf(key), key: generateKey() }] }), undefined],
      [right(), { lsn: head.lsn + 1, chain: head.chain }],
      [right(), { lsn: head.lsn, chain: "00".repeat(16) }],
    ];
    for (const [cipher, minHead] of attempts) {
      const options = { ...(cipher && { cipher }), ...(minHead && { minHead }) };
      await expect(Wal.open({ storage, ...options })).rejects.toMatchObject({ name: "WalError" });
    }
    expect(await readAll(storage, { cipher: right() })).toEqual(whole);
    const wal = await Wal.open({ storage, cipher: right(), minHead: head });
    expect(wal.nextLsn).toBe(head.lsn + 1);
    await wal.close();
  });
});

test("an open log and its options show no key, however they are printed", async () => {
  const secret = Uint8Array.from({ length: 32 }, (_, at) => 0xb0 + at);
  const storage = memoryStorage();
  const options = { storage, cipher: encryption({ keys: [secret] }) };
  const wal = await Wal.open(options);
  await wal.append(bytesOf("payload-of-the-record"));
  const shown = [wal, options, wal.stats(), wal.health, wal.recovery, wal.head(), wal.keysInUse()]
    .map((value) => `${inspect(value, { depth: 20, showHidden: true })}${JSON.stringify(value)}`)
    .join("\n")
    .replaceAll(/\s+/g, "");
  await wal.close();
  const hidden = secret.subarray(4, 12);
  for (const spelling of [toHex(hidden), hidden.join(",")]) expect(shown).not.toContain(spelling);
});

function walFiles(state: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => name.endsWith(".wal")));
}
