/** Changes made on purpose, checksums made to fit: found wherever they are, and taken for nothing else. */
import { describe, expect, test } from "vitest";
import { Wal } from "@stria/core";
import {
  encryptedLog,
  type Files,
  outcomeOf,
  right,
  verificationOf,
} from "./support/encrypted-log.ts";
import { storageOf } from "./support/logs.ts";
import { forgeFrame, forgeHeader, frameOffsets } from "./support/reseal.ts";

describe("tampering is never anything else", () => {
  test("with any authenticated byte of a header, whatever the segment", async () => {
    const { files } = await encryptedLog();
    const codes = new Set<string>();
    for (const [name, bytes] of files) {
      // Numbers that then cannot be true are refused before any key is asked; these stay possible.
      for (const at of [40, 41, 42, 43, 128, 129, 130]) {
        const forged = new Map(files);
        const copy = bytes.slice();
        forgeHeader(copy, at);
        forged.set(name, copy);
        const storage = await storageOf(forged);
        codes.add(await outcomeOf(Wal.open({ storage, cipher: right() })));
      }
    }
    // An edited epoch makes every frame a stranger as well; the header is judged first.
    expect([...codes]).toEqual(["WAL_TAMPERED"]);
  });

  test("frames swapped, doubled or left out, segments renamed, left out or foreign: never opened", async () => {
    const { files } = await encryptedLog();
    const { files: foreign } = await encryptedLog();
    const [name, bytes] = [...files].at(-1)!;
    const [first = "", second = ""] = files.keys();
    const [a = 0, b = 0, c = 0] = frameOffsets(bytes);
    // Small records: every frame is one sector.
    expect([b - a, c - b]).toEqual([512, 512]);
    const edit = (change: (copy: Uint8Array) => void): Files => {
      const copy = bytes.slice();
      change(copy);
      return new Map([...files, [name, copy]]);
    };
    const attacks: Record<string, Files> = {
      swapped: edit((copy) => {
        copy.set(bytes.subarray(b, c), a);
        copy.set(bytes.subarray(a, b), b);
      }),
      doubled: edit((copy) => copy.set(bytes.subarray(a, b), b)),
      leftOut: edit((copy) => copy.set(bytes.subarray(b), a)),
      moved: edit((copy) => copy.set(files.get(first)!.subarray(8192, 8704), a)),
      renamed: new Map([...files, [second, files.get(first)!]]),
      segmentLeftOut: new Map([...files].filter(([file]) => file !== second)),
      foreignSegment: new Map([...files, [second, foreign.get(second)!]]),
      foreignNewest: new Map([...files, [name, foreign.get(name)!]]),
    };
    const found: Record<string, string> = {};
    for (const [attack, attacked] of Object.entries(attacks)) {
      const storage = await storageOf(attacked);
      found[attack] = await outcomeOf(Wal.open({ storage, cipher: right() }));
    }
    const corrupt = Object.keys(attacks).map((attack) => [attack, "WAL_CORRUPT"]);
    expect(found).toEqual(Object.fromEntries(corrupt));
  });

  test("in an older segment, found when it is read, by verify, salvage and without harm to the rest", async () => {
    const { files } = await encryptedLog();
    const [name, bytes] = [...files][0]!;
    const copy = bytes.slice();
    const third = frameOffsets(copy)[2]!;
    forgeFrame(copy, third, 70);
    const storage = await storageOf(new Map([...files, [name, copy]]));
    const wal = await Wal.open({ storage, cipher: right() });
    const found: number[] = [];
    const reading = (async () => {
      for await (const { lsn } of wal.read({ from: 1 })) found.push(lsn);
    })();
    expect(await outcomeOf(reading)).toBe("WAL_TAMPERED");
    expect(found).toEqual([1, 2]);
    await wal.close();
    expect(await verificationOf(storage, right())).toBe("tampered");
    // Without the key only accidents can be seen.
    expect(await verificationOf(storage, undefined)).toBe("sound");
  });
});
