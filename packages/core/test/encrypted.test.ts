/** An encrypted log as the core sees it: what is sealed, what is refused, how keys change. */
import { describe, expect, test } from "vitest";
import { crc32 } from "../src/checksum.ts";
import { Wal, type WalOptions, memoryStorage } from "../src/index.ts";
import { finishFrame, frameContext } from "../src/format/frame.ts";
import { decodeHeader, encodeHeader, finishHeader } from "../src/format/segment-header.ts";
import { segmentName } from "../src/format/segment-name.ts";
import { filesOf, storageOf } from "./golden/deterministic.ts";
import { FakeCipher } from "./support/fake-cipher.ts";
import { mapFrames } from "./support/log-image.ts";
import { block, bytes, quiet, records, texts, walError } from "./support/records.ts";

const a = { id: "a", secret: 111 };
const b = { id: "b", secret: 222 };
const small: Partial<WalOptions> = { segmentBytes: 16 * 1024, keepSegments: 0 };

/** A log of `count` short records under key `a`, closed or killed. */
async function sealedFiles(count: number, end: "closed" | "killed" = "closed") {
  const storage = memoryStorage();
  const wal = await Wal.open({ storage, cipher: new FakeCipher([a]) });
  for (let n = 1; n <= count; n++) await wal.append(bytes(`secret ${n}`));
  if (end === "closed") await wal.close();
  return filesOf(storage);
}

function reopen(files: Map<string, Uint8Array>, cipher?: FakeCipher): Promise<Wal> {
  return storageOf(files).then((storage) => Wal.open({ storage, ...(cipher && { cipher }) }));
}

describe("an encrypted log", () => {
  test.each(["closed", "killed"] as const)("comes back with its key (%s)", async (end) => {
    const wal = await reopen(await sealedFiles(5, end), new FakeCipher([a]));
    expect(await texts(wal)).toEqual([1, 2, 3, 4, 5].map((n) => `${n}:secret ${n}`));
    expect((await wal.get(3))?.payload).toEqual(bytes("secret 3"));
    expect(wal.keysInUse()).toEqual(["61".repeat(16)]);
    await wal.close();
  });

  test("of many segments, sizes and frames", async () => {
    const storage = memoryStorage();
    const options = { storage, ...small, cipher: new FakeCipher([a]), frameBytes: 2048 };
    const wal = await Wal.open(options);
    const sizes = Array.from({ length: 60 }, (_, i) => (i * 397) % 3001);
    await Promise.all(sizes.map((size, i) => wal.append(block(i, size))));
    await wal.append(block(60, 50_000));
    await wal.close();
    const again = await Wal.open({ ...options, cipher: new FakeCipher([a]) });
    const found = await records(again);
    expect(found.map(({ payload }) => payload)).toEqual(
      [...sizes, 50_000].map((size, i) => block(i, size)),
    );
    await again.close();
  });

  test("has no plaintext in its files", async () => {
    for (const file of (await sealedFiles(5)).values()) {
      expect(Buffer.from(file).includes("secret")).toBe(false);
    }
  });

  test("is read beside its writer", async () => {
    const files = await sealedFiles(3);
    const reader = await Wal.openReader({
      storage: await storageOf(files),
      cipher: new FakeCipher([a]),
    });
    expect((await texts(reader)).length).toBe(3);
    await reader.close();
    const blind = Wal.openReader({ storage: await storageOf(files) });
    expect((await walError(blind)).code).toBe("WAL_UNKNOWN_KEY");
  });
});

describe("keys that do not fit", () => {
  test.each([
    ["no cipher", undefined, "WAL_UNKNOWN_KEY"],
    ["another key", new FakeCipher([b]), "WAL_UNKNOWN_KEY"],
    ["the right id, other bytes", new FakeCipher([{ ...a, secret: 5 }]), "WAL_WRONG_KEY"],
  ])("%s: %#", async (_what, cipher, code) => {
    for (const end of ["closed", "killed"] as const) {
      const files = await sealedFiles(3, end);
      const storage = await storageOf(files);
      const error = await walError(Wal.open({ storage, ...(cipher && { cipher }) }));
      expect(error.code).toBe(code);
      expect(await filesOf(storage)).toEqual(files);
      const lock = await storage.lock();
      await lock.release();
    }
  });

  test("keys of all live segments are asked for before anything is written", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small, cipher: new FakeCipher([a]) });
    for (let i = 0; i < 10; i++) await wal.append(block(i, 1500));
    await wal.close();
    const next = await Wal.open({ storage, ...small, cipher: new FakeCipher([b, a]) });
    await next.append(bytes("under b"));
    await next.append(bytes("unvouched"));
    const files = await filesOf(storage);
    await next.close();
    const disk = await storageOf(files);
    const error = await walError(Wal.open({ storage: disk, cipher: new FakeCipher([b]) }));
    expect(error.code).toBe("WAL_UNKNOWN_KEY");
    expect(await filesOf(disk)).toEqual(files);
  });
});

describe("tampering", () => {
  /** Changes a byte of the body of the `n`th frame and makes its checksum right again. */
  async function tampered(n: number, at: number): Promise<Map<string, Uint8Array>> {
    const files = await sealedFiles(4);
    const file = files.get(segmentName(1))!;
    const header = decodeHeader(file.subarray(0, 512), crc32);
    if (header.kind !== "header") throw new Error(header.reason);
    const { offset, bodyBytes } = mapFrames(file)[n]!;
    file[offset + at]! ^= 1;
    finishFrame(file, offset, bodyBytes, frameContext(header.header, crc32));
    return files;
  }

  test.each([0, 1, 3])(
    "a changed frame with a right checksum: WAL_TAMPERED (frame %i)",
    async (n) => {
      const files = await tampered(n, 50);
      const { offset } = mapFrames(files.get(segmentName(1))!)[n]!;
      expect(await walError(reopen(files, new FakeCipher([a])))).toMatchObject({
        code: "WAL_TAMPERED",
        details: { segment: segmentName(1), offset, lsn: n + 1 },
      });
    },
  );

  test("a changed time in a frame's header: WAL_TAMPERED, it is authenticated, too", async () => {
    const error = await walError(reopen(await tampered(1, 40), new FakeCipher([a])));
    expect(error.code).toBe("WAL_TAMPERED");
  });

  test("a changed segment header with a right checksum: WAL_TAMPERED", async () => {
    const files = await sealedFiles(2);
    const file = files.get(segmentName(1))!;
    const found = decodeHeader(file.subarray(0, 512), crc32);
    if (found.kind !== "header") throw new Error(found.reason);
    const sector = encodeHeader({ ...found.header, created: found.header.created + 1 });
    finishHeader(sector, found.header.tag, crc32);
    file.set(sector, 0);
    file.set(sector, 4096);
    const error = await walError(reopen(files, new FakeCipher([a])));
    expect(error).toMatchObject({ code: "WAL_TAMPERED", details: { segment: segmentName(1) } });
  });

  test("a torn tail is a torn tail, with the key and without a word of tampering", async () => {
    const files = await sealedFiles(4, "killed");
    const file = files.get(segmentName(1))!;
    files.set(segmentName(1), file.slice(0, file.length - 470));
    const wal = await reopen(files, new FakeCipher([a]));
    expect(wal.recovery).toMatchObject({ tail: "torn", lastLsn: 3 });
    expect((await texts(wal)).length).toBe(3);
    await wal.close();
  });

  test("salvage passes over a tampered frame and says so", async () => {
    const storage = await storageOf(await tampered(1, 50));
    const wal = await Wal.open({ storage, recovery: "salvage", cipher: new FakeCipher([a]) });
    expect((await texts(wal)).map((line) => line[0])).toEqual(["1", "3", "4"]);
    expect(wal.recovery.notes.length).toBeGreaterThan(0);
    await wal.close();
  });
});

describe("plaintext", () => {
  async function plainFiles(): Promise<Map<string, Uint8Array>> {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small });
    for (let i = 1; i <= 8; i++) await wal.append(block(i, 1500));
    await wal.close();
    return filesOf(storage);
  }

  test("where a cipher is required: WAL_PLAINTEXT, nothing is changed", async () => {
    const files = await plainFiles();
    const storage = await storageOf(files);
    const error = await walError(Wal.open({ storage, cipher: new FakeCipher([a]) }));
    expect(error.code).toBe("WAL_PLAINTEXT");
    expect(await filesOf(storage)).toEqual(files);
  });

  test("allowPlaintext reads it and seals what comes after; later lives need it no more once it is retired", async () => {
    const storage = await storageOf(await plainFiles());
    const migrating = new FakeCipher([a], true);
    const wal = await Wal.open({ storage, ...small, cipher: migrating });
    await wal.append(bytes("sealed"));
    expect((await records(wal)).length).toBe(9);
    await wal.close();
    const still = Wal.open({ storage, ...small, cipher: new FakeCipher([a]) });
    expect((await walError(still)).code).toBe("WAL_PLAINTEXT");
    const again = await Wal.open({ storage, ...small, cipher: migrating });
    await again.append(bytes("sealed, too"));
    await again.checkpoint(8);
    await again.close();
    const strict = await Wal.open({ storage, ...small, cipher: new FakeCipher([a]) });
    expect((await texts(strict)).at(-1)).toBe("10:sealed, too");
    await strict.close();
  });

  test("behind encrypted segments is a downgrade: refused even with allowPlaintext", async () => {
    const storage = memoryStorage();
    const wal = await Wal.open({ storage, ...small, cipher: new FakeCipher([a]) });
    for (let i = 1; i <= 8; i++) await wal.append(block(i, 1500));
    await wal.close();
    const files = await filesOf(storage);
    const newest = [...files.keys()].at(-1)!;
    const found = decodeHeader(files.get(newest)!.subarray(0, 512), crc32);
    if (found.kind !== "header") throw new Error(found.reason);
    // Somebody without the key puts a segment of his own behind the log.
    const { header } = found;
    const forged = encodeHeader({
      ...header,
      segmentId: header.segmentId + 1,
      cipher: undefined,
      firstLsn: 9,
      predecessor: { ...header.predecessor, id: header.segmentId, cutLsn: 8, cutOffset: 8192 },
    });
    finishHeader(forged, new Uint8Array(16), crc32);
    const file = new Uint8Array(8192);
    file.set(forged, 0);
    file.set(forged, 4096);
    files.set(segmentName(header.segmentId + 1), file);
    const error = await walError(reopen(files, new FakeCipher([a], true)));
    expect(error.code).toBe("WAL_PLAINTEXT");
  });
});

describe("changing keys", () => {
  test("rotateKey seals the segment; what comes after is under the new key", async () => {
    const storage = memoryStorage();
    const cipher = new FakeCipher([a]);
    const wal = await Wal.open({ storage, cipher });
    await wal.append(bytes("under a"));
    cipher.keys.unshift(b);
    await wal.rotateKey();
    await wal.append(bytes("under b"));
    expect(wal.keysInUse()).toEqual(["61".repeat(16), "62".repeat(16)]);
    expect(await texts(wal)).toEqual(["1:under a", "2:under b"]);
    await wal.close();
    const old = Wal.open({ storage, cipher: new FakeCipher([b]) });
    expect((await walError(old)).code).toBe("WAL_UNKNOWN_KEY");
  });

  test.each(["closed", "killed"] as const)(
    "a small segment that is repeated is sealed again, under the new key (%s)",
    async (end) => {
      const storage = await storageOf(await sealedFiles(4, end));
      const wal = await Wal.open({ storage, cipher: new FakeCipher([b, a]) });
      const head = wal.head();
      await wal.append(bytes("secret 5"));
      await wal.close();
      await quiet();
      const again = await Wal.open({ storage, cipher: new FakeCipher([b]), minHead: head });
      expect(await texts(again)).toEqual([1, 2, 3, 4, 5].map((n) => `${n}:secret ${n}`));
      expect(again.keysInUse()).toEqual(["62".repeat(16)]);
      await again.close();
    },
  );

  test("without a cipher there is no key to rotate", async () => {
    const wal = await Wal.open({ storage: memoryStorage() });
    expect((await walError(wal.rotateKey())).code).toBe("WAL_UNSUPPORTED");
    await wal.close();
  });
});
