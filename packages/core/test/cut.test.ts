/**
 * The newest segment cut at every byte: never a wrong record, nothing that lies wholly before the cut
 * is lost, and the report says what was found. Where something later vouches for what was cut off, the
 * log is refused and the place is named.
 */
import { describe, expect, test, vi } from "vitest";
import { isWalError } from "../src/errors.ts";
import { segmentName } from "../src/format/segment-name.ts";
import {
  type LogFiles,
  type MappedFrame,
  examine,
  goesOn,
  mapFrames,
  upTo,
  withFileChanged,
  writeLife,
} from "./support/log-image.ts";

// Ten thousands of logs are opened: a busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 });

const HEADER = 512;
const groups = [1, 3, 1, 2];

interface Expected {
  readonly lastLsn: number;
  readonly torn: boolean;
  /** Offset at which the torn bytes start. */
  readonly end: number;
  readonly carried: number;
}

/** What must be left of a segment that is cut at `cut`, from the map of its frames alone. */
function expectedAt(file: Uint8Array, frames: readonly MappedFrame[], cut: number): Expected {
  let lastLsn = frames[0]!.firstLsn - 1;
  let vouched = 0;
  let end = 8192;
  for (const frame of frames) {
    if (frame.contentEnd > cut) break;
    lastLsn = frame.firstLsn + frame.count - 1;
    vouched = Math.max(vouched, frame.syncedLsn);
    end = frame.offset + frame.size;
  }
  const torn = file.subarray(Math.min(end, cut), cut).some((byte) => byte !== 0);
  return { lastLsn, torn, end, carried: lastLsn - Math.max(vouched, frames[0]!.firstLsn - 1) };
}

async function cutEverywhere(files: LogFiles, name: string, before: number): Promise<string[]> {
  const wrong: string[] = [];
  const file = files.get(name)!;
  const frames = mapFrames(file);
  for (let cut = 0; cut < file.length; cut++) {
    const damaged = withFileChanged(files, name, (whole) => whole.slice(0, cut));
    const { lsns, report, error } = await examine(damaged);
    const headerGone = cut < HEADER;
    const expected = headerGone
      ? { lastLsn: before, torn: false, end: 0, carried: 0 }
      : expectedAt(file, frames, cut);
    const note = report?.notes.find(({ kind }) => kind === "torn-tail");
    const facts = {
      error,
      lsns: lsns.join(),
      lastLsn: report?.lastLsn,
      records: report?.records,
      tail: report?.tail,
      carried: report?.carried,
      stillborn: report?.notes.some(({ kind }) => kind === "stillborn"),
      place: note && [note.segment, note.offset],
    };
    const wanted = {
      error: undefined,
      lsns: upTo(expected.lastLsn).join(),
      lastLsn: expected.lastLsn,
      records: expected.lastLsn,
      tail: expected.torn ? "torn" : "clean",
      carried: expected.carried,
      stillborn: headerGone,
      place: expected.torn ? [name, expected.end] : undefined,
    };
    if (JSON.stringify(facts) !== JSON.stringify(wanted)) {
      wrong.push(`cut at ${cut}: ${JSON.stringify(facts)}, not ${JSON.stringify(wanted)}`);
    }
    if (cut % 503 === 0 && !(await goesOn(damaged, expected.lastLsn))) {
      wrong.push(`cut at ${cut}: the log does not go on`);
    }
  }
  return wrong;
}

describe("the newest segment, cut at every byte", () => {
  test.each(["closed", "killed", "killed-after-mark"] as const)(
    "of a log with one segment (%s)",
    async (end) => {
      const files = await writeLife(new Map(), groups, end);
      expect(files.size).toBe(1);
      expect(await cutEverywhere(files, segmentName(1), 0)).toEqual([]);
    },
  );

  test("of a log with two segments: the first one stays", async () => {
    const first = await writeLife(new Map(), [2, 1], "closed");
    // Too large to be carried whole: a life with small segments leaves it alone.
    const files = await writeLife(first, groups, "killed", { segmentBytes: 16 * 1024 });
    expect(files.size).toBe(2);
    expect(await cutEverywhere(files, segmentName(2), 3)).toEqual([]);
  });
});

describe("cut where something vouches for what is gone", () => {
  const small = { segmentBytes: 16 * 1024 };

  test("a segment that another one continues, at every byte: refused, the segment is named", async () => {
    const first = await writeLife(new Map(), [2, 1], "closed");
    const files = await writeLife(first, [1], "killed", small);
    const name = segmentName(1);
    const lastRecord = mapFrames(files.get(name)!).findLast(({ count }) => count > 0)!;
    const wrong: string[] = [];
    for (let cut = 0; cut < files.get(name)!.length; cut++) {
      const damaged = withFileChanged(files, name, (whole) => whole.slice(0, cut));
      const { error, lsns, report } = await examine(damaged);
      // Whole sectors that are missing are seen at open, what is missing of the last one at read.
      const atOpen = cut <= lastRecord.offset ? report === undefined : report !== undefined;
      const told = cut < lastRecord.contentEnd ? isCorrupt(error, name) : lsns.length === 4;
      if (!told || !atOpen) wrong.push(`cut at ${cut}: ${String(error)}, read ${lsns.join()}`);
    }
    expect(wrong).toEqual([]);
  });

  test.each([
    ["the tail", small],
    ["all", {}],
  ])("a segment of which a later one began to repeat %s", async (_what, options) => {
    const files = await writeLife(new Map(), [1, 1, 1, 1], "killed");
    const name = segmentName(1);
    const carried = await writeLife(files, [], "killed", options);
    expect([...carried.keys()]).toEqual([name, segmentName(2)]);
    // The crash came while the tail was being carried: header and nothing else.
    const unborn = carried.get(segmentName(2))!.slice(0, 8192);
    const interrupted = new Map(files).set(segmentName(2), unborn);
    expect(await examine(interrupted)).toMatchObject({ lsns: [1, 2, 3, 4], error: undefined });

    const [, , third] = mapFrames(files.get(name)!);
    const refused = (error: unknown, cut: number): boolean =>
      // With the header gone, only the other segment is left to be named.
      cut < HEADER ? isWalError(error, "WAL_CORRUPT") : isCorrupt(error, name);
    const wrong: string[] = [];
    for (let cut = 0; cut < files.get(name)!.length; cut++) {
      const damaged = withFileChanged(interrupted, name, (whole) => whole.slice(0, cut));
      const { error, lsns } = await examine(damaged);
      // LSN 1 to 3 are vouched for by the interrupted segment's header, LSN 4 is not.
      const found = cut < third!.contentEnd ? refused(error, cut) : lsns.length >= 3;
      if (!found) wrong.push(`cut at ${cut}: ${String(error)}, read ${lsns.join()}`);
    }
    expect(wrong).toEqual([]);
  });

  test("sectors of zeros in the middle: refused where a later frame vouches, else torn", async () => {
    const files = await writeLife(new Map(), [1, 1, 1, 1, 1], "killed");
    const name = segmentName(1);
    const frames = mapFrames(files.get(name)!);
    for (const [i, { offset, firstLsn }] of frames.entries()) {
      const damaged = withFileChanged(files, name, (file) => file.fill(0, offset, offset + 512));
      const outcome = await examine(damaged);
      const last = i === frames.length - 1;
      expect(outcome).toMatchObject(
        last
          ? { lsns: upTo(4), report: { tail: "clean", carried: 1 } }
          : { error: { code: "WAL_CORRUPT", details: { segment: name, offset, lsn: firstLsn } } },
      );
    }
    // Two in a row, the last one of them unacknowledged as far as anything says.
    const [, , , fourth] = frames;
    const both = withFileChanged(files, name, (file) => file.fill(0, fourth!.offset));
    expect(await examine(both)).toMatchObject({ lsns: upTo(3), report: { tail: "clean" } });
  });

  test("zeros where a mark stood cost nothing", async () => {
    const files = await writeLife(new Map(), [1, 1], "killed-after-mark");
    const name = segmentName(1);
    const mark = mapFrames(files.get(name)!).at(-1)!;
    expect(mark.count).toBe(0);
    const damaged = withFileChanged(files, name, (file) => file.fill(0, mark.offset));
    expect(await examine(damaged)).toMatchObject({ lsns: [1, 2], report: { carried: 1 } });
  });
});

function isCorrupt(error: unknown, segment: string): boolean {
  return isWalError(error, "WAL_CORRUPT") && error.details.segment === segment;
}
