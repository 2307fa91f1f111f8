/** Directories that crashes, people and other logs have left: what is believed, what is refused. */
import { describe, expect, test } from "vitest";
import { type WalErrorCode, Wal } from "../src/index.ts";
import { putU16 } from "../src/format/bytes.ts";
import { segmentName } from "../src/format/segment-name.ts";
import { filesOf, storageOf } from "./golden/deterministic.ts";
import { texts, walError } from "./support/records.ts";
import {
  type LogFiles,
  examine,
  mapFrames,
  payload,
  still,
  upTo,
  withFileChanged,
  writeLife,
} from "./support/log-image.ts";

const small = { segmentBytes: 16 * 1024 };

/** Three segments: LSN 1-2, 3-4, 5. */
async function threeSegments(): Promise<Map<string, Uint8Array>> {
  const one = await writeLife(new Map(), [1, 1], "closed");
  const two = await writeLife(one, [1, 1], "closed", small);
  const three = await writeLife(two, [1], "closed", small);
  expect([...three.keys()]).toEqual([1, 2, 3].map(segmentName));
  return three;
}

async function refusal(files: LogFiles): Promise<[WalErrorCode, string | undefined]> {
  const storage = await storageOf(files);
  const { code, details } = await walError(Wal.open({ storage, ...still(5) }));
  // Refused means: lock released, every file as it was.
  const lock = await storage.lock();
  await lock.release();
  expect(await filesOf(storage)).toEqual(files);
  return [code, details.segment];
}

describe("segments out of place", () => {
  test("sound as it is", async () => {
    expect((await examine(await threeSegments())).lsns).toEqual(upTo(5));
  });

  test.each([1, 2])("segment %i is missing", async (id) => {
    const files = await threeSegments();
    files.delete(segmentName(id));
    expect(await refusal(files)).toEqual(["WAL_CORRUPT", segmentName(id)]);
  });

  test("renamed to a newer name", async () => {
    const files = await threeSegments();
    files.set(segmentName(9), files.get(segmentName(3))!);
    files.delete(segmentName(3));
    expect(await refusal(files)).toEqual(["WAL_CORRUPT", segmentName(9)]);
  });

  test("two that have changed names", async () => {
    const files = await threeSegments();
    const [one, two] = [files.get(segmentName(1))!, files.get(segmentName(2))!];
    files.set(segmentName(1), two).set(segmentName(2), one);
    expect((await refusal(files))[0]).toBe("WAL_CORRUPT");
  });

  test("a copy under a newer name", async () => {
    const files = await threeSegments();
    files.set(segmentName(7), files.get(segmentName(2))!);
    expect(await refusal(files)).toEqual(["WAL_CORRUPT", segmentName(7)]);
  });

  test("one of another log", async () => {
    const files = await threeSegments();
    const other = await writeLife(new Map(), [1, 1, 1], "closed", still(1234));
    files.set(segmentName(1), other.get(segmentName(1))!);
    expect((await refusal(files))[0]).toBe("WAL_CORRUPT");
  });

  test("files that are no segments are left alone and named", async () => {
    const files = await threeSegments();
    files.set("notes.txt", new Uint8Array(3)).set("LOCK", new Uint8Array(0));
    const storage = await storageOf(files);
    const wal = await Wal.open({ storage, ...still(6) });
    const strangers = wal.recovery.notes.filter(({ kind }) => kind === "stranger");
    expect(strangers.map(({ segment }) => segment).toSorted()).toEqual(["LOCK", "notes.txt"]);
    await wal.append(payload(6));
    await wal.close();
    expect(await storage.list()).toEqual(expect.arrayContaining(["notes.txt", "LOCK"]));
  });
});

describe("versions", () => {
  test("a segment of a newer version is refused before a byte is written", async () => {
    for (const id of [1, 2, 3]) {
      const files = withFileChanged(await threeSegments(), segmentName(id), (file) => {
        putU16(file, 8, 2);
        putU16(file, 4096 + 8, 2);
        return file;
      });
      expect(await refusal(files)).toEqual(["WAL_UNSUPPORTED_VERSION", segmentName(id)]);
    }
  });
});

describe("stillborn segments", () => {
  const remains: [string, Uint8Array][] = [
    ["an empty file", new Uint8Array(0)],
    ["zeros", new Uint8Array(9000)],
    ["half a header", Uint8Array.from({ length: 300 }, (_, i) => i)],
    ["both header places filled with rubbish", new Uint8Array(4608).fill(7)],
  ];

  test.each(remains)(
    "%s behind the log: noted, jumped over, its id is not used again",
    async (_what, file) => {
      const files = (await threeSegments()).set(segmentName(4), file).set(segmentName(5), file);
      const storage = await storageOf(files);
      const wal = await Wal.open({ storage, ...still(6) });
      const notes = wal.recovery.notes.filter(({ kind }) => kind === "stillborn");
      expect(notes.map(({ segment }) => segment)).toEqual([segmentName(4), segmentName(5)]);
      expect(wal.nextLsn).toBe(6);
      await wal.append(payload(6));
      await wal.close();
      const names = (await storage.list()).toSorted();
      expect(names.at(-1)).toBe(segmentName(6));
      const again = await examine(await filesOf(storage));
      expect(again.lsns).toEqual(upTo(6));
    },
  );

  test("the first one of a log that never got further: an empty log", async () => {
    for (const [, file] of remains) {
      const outcome = await examine(new Map([[segmentName(1), file]]));
      expect(outcome).toMatchObject({ lsns: [], error: undefined, report: { records: 0 } });
    }
  });

  test("alone and not the first one: the others are missing", async () => {
    const files = new Map([[segmentName(4), new Uint8Array(0)]]);
    expect(await refusal(files)).toEqual(["WAL_CORRUPT", segmentName(4)]);
  });

  test("no header, but bytes where the first frame would be: damage, not stillborn", async () => {
    const files = withFileChanged(await threeSegments(), segmentName(3), (file) =>
      file.fill(0, 0, 4608),
    );
    expect(await refusal(files)).toEqual(["WAL_CORRUPT", segmentName(3)]);
  });

  test("in the middle of the chain: damage", async () => {
    const files = (await threeSegments()).set(segmentName(2), new Uint8Array(0));
    expect(await refusal(files)).toEqual(["WAL_CORRUPT", segmentName(2)]);
  });
});

describe("reading a damaged log", () => {
  /** LSN 2 of 1-6 damaged, in one segment. */
  async function damaged(): Promise<Map<string, Uint8Array>> {
    const files = await writeLife(new Map(), [1, 1, 1, 1, 1, 1], "closed");
    const { offset } = mapFrames(files.get(segmentName(1))!)[1]!;
    return withFileChanged(files, segmentName(1), (file) => {
      file[offset + 60]! ^= 1;
      return file;
    });
  }

  test("strict refuses, point-in-time stops before it, salvage passes over it", async () => {
    const files = await damaged();
    expect(await refusal(files)).toEqual(["WAL_CORRUPT", segmentName(1)]);
    const stopped = await examine(files, { recovery: "point-in-time" });
    expect(stopped).toMatchObject({ lsns: [1], report: { mode: "point-in-time", lastLsn: 1 } });
    const salvaged = await examine(files, { recovery: "salvage" });
    expect(salvaged.lsns).toEqual([1, 3, 4, 5, 6]);
    expect(salvaged.report).toMatchObject({ mode: "salvage", records: 5, lastLsn: 6 });
    const said = salvaged.report?.notes.map(({ message }) => message).join("\n");
    expect(said).toContain("LSN 2 to 2 cannot be read");
  });

  test("a missing segment is a gap that salvage reports", async () => {
    const files = await threeSegments();
    files.delete(segmentName(2));
    expect((await examine(files, { recovery: "point-in-time" })).lsns).toEqual([1, 2]);
    const salvaged = await examine(files, { recovery: "salvage" });
    expect(salvaged.lsns).toEqual([1, 2, 5]);
    expect(salvaged.report?.notes.some(({ message }) => message.includes("LSN 3 to 4"))).toBe(true);
  });

  test("a segment without a header is passed over", async () => {
    const files = withFileChanged(await threeSegments(), segmentName(2), (file) =>
      file.fill(0, 0, 4608),
    );
    expect((await examine(files, { recovery: "salvage" })).lsns).toEqual([1, 2, 5]);
  });

  test("a sound log is read whole in every mode, and no file changes", async () => {
    for (const end of ["closed", "killed", "killed-after-mark"] as const) {
      const files = await writeLife(await threeSegments(), [1, 2], end, small);
      for (const recovery of ["point-in-time", "salvage"] as const) {
        const storage = await storageOf(files);
        const wal = await Wal.open({ storage, recovery, ...still(7) });
        expect((await texts(wal)).length).toBe(8);
        await wal.close();
        expect(await filesOf(storage)).toEqual(files);
      }
    }
  });
});
