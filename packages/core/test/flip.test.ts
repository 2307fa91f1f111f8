/**
 * Every bit of a log flipped, one at a time (one bit of every byte in a quick run; all of them where
 * `STRIA_FUZZ_RUNS` asks for more, as in CI): never a wrong record. Damage to what something vouches for
 * refuses and names the place, at open or at read; everything else costs nothing that was acknowledged
 * for sure.
 */
import { describe, expect, test, vi } from "vitest";
import { isWalError } from "../src/errors.ts";
import { segmentName } from "../src/format/segment-name.ts";
import {
  type LogFiles,
  type MappedFrame,
  type Outcome,
  examine,
  mapFrames,
  upTo,
  withFileChanged,
  writeLife,
} from "./support/log-image.ts";

// Ten thousands of logs are opened: a busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 });
const inEarnest = process.env["STRIA_FUZZ_RUNS"] !== undefined;

/** Flips every bit (or, in a quick run or where asked for, one of every byte) in a range of `name`, and collects what `judge` finds wrong. */
async function flipEverywhere(
  files: LogFiles,
  name: string,
  range: { from: number; to: number; oneBitOfEach?: boolean },
  judge: (at: number, outcome: Outcome) => string | undefined,
): Promise<string[]> {
  const wrong: string[] = [];
  for (let at = range.from; at < range.to; at++) {
    for (let bit = 0; bit < 8; bit++) {
      if ((range.oneBitOfEach === true || !inEarnest) && bit !== at % 8) continue;
      const damaged = withFileChanged(files, name, (file) => {
        file[at]! ^= 1 << bit;
        return file;
      });
      const outcome = await examine(damaged);
      const complaint = judge(at, outcome);
      if (complaint !== undefined) {
        wrong.push(`byte ${at} bit ${bit}: ${complaint}; ${describeOutcome(outcome)}`);
      }
    }
  }
  return wrong;
}

function describeOutcome({ lsns, error, report }: Outcome): string {
  const notes = report?.notes.map(({ kind }) => kind).join();
  return `read ${lsns.join()}, notes ${notes}, ${String(error)}`;
}

/** What a flip in the newest segment must lead to. */
function judgeNewest(name: string, frames: readonly MappedFrame[]) {
  const last = frames.reduce((lsn, { firstLsn, count }) => Math.max(lsn, firstLsn + count - 1), 0);
  return (at: number, { lsns, report, error }: Outcome): string | undefined => {
    const all = lsns.join() === upTo(last).join() && error === undefined;
    const kinds = report?.notes.map(({ kind }) => kind) ?? [];
    if (at < 8192) {
      const inCopy = at < 512 || (at >= 4096 && at < 4608);
      if (!all) return "all records expected";
      return kinds.includes("header-copy") === inCopy ? undefined : "header-copy note";
    }
    const frame = frames.find(({ offset, size }) => at >= offset && at < offset + size)!;
    const vouched = frames.some(
      ({ offset, syncedLsn }) => offset > frame.offset && syncedLsn >= frame.firstLsn,
    );
    if (frame.count === 0) return all ? undefined : "a frame without records costs none";
    if (vouched) {
      const named =
        isWalError(error, "WAL_CORRUPT") &&
        error.details.segment === name &&
        error.details.offset === frame.offset &&
        error.details.lsn === frame.firstLsn;
      return named && report === undefined ? undefined : "must be refused at open, place named";
    }
    const kept = lsns.join() === upTo(frame.firstLsn - 1).join() && error === undefined;
    const note = report?.notes.find(({ kind }) => kind === "torn-tail");
    const told = report?.tail === "torn" && note?.offset === frame.offset;
    return kept && told ? undefined : "a torn tail expected";
  };
}

const groups = [1, 2, 1];

describe("the only segment of a log, every bit", () => {
  test("closed: the seal vouches for every record", async () => {
    const files = await writeLife(new Map(), groups, "closed");
    const [[name, file]] = [...files] as [[string, Uint8Array]];
    const judge = judgeNewest(name, mapFrames(file));
    expect(await flipEverywhere(files, name, { from: 0, to: file.length }, judge)).toEqual([]);
  });

  test.each(["killed", "killed-after-mark"] as const)(
    "frames of a log that was %s",
    async (end) => {
      const files = await writeLife(new Map(), groups, end);
      const [[name, file]] = [...files] as [[string, Uint8Array]];
      const judge = judgeNewest(name, mapFrames(file));
      expect(await flipEverywhere(files, name, { from: 8192, to: file.length }, judge)).toEqual([]);
    },
  );
});

describe("an older segment, which opening does not scan", () => {
  async function twoSegments(): Promise<LogFiles> {
    const first = await writeLife(new Map(), groups, "closed");
    return writeLife(first, [1], "closed", { segmentBytes: 16 * 1024 });
  }

  test("a bit of every byte of its frames: reading stops there and names the place", async () => {
    const files = await twoSegments();
    const name = segmentName(1);
    const file = files.get(name)!;
    const frames = mapFrames(file);
    const range = { from: 8192, to: file.length, oneBitOfEach: true };
    const wrong = await flipEverywhere(files, name, range, (at, { lsns, report, error }) => {
      if (report === undefined) return "must open";
      const frame = frames.find(({ offset, size }) => at >= offset && at < offset + size)!;
      if (frame.count === 0) return lsns.join() === "1,2,3,4,5" ? undefined : "all expected";
      const named =
        isWalError(error, "WAL_CORRUPT") &&
        error.details.segment === name &&
        error.details.offset === frame.offset &&
        error.details.lsn === frame.firstLsn;
      const before = upTo(frame.firstLsn - 1).join();
      return named && lsns.join() === before ? undefined : "damage must be named, no record after";
    });
    expect(wrong).toEqual([]);
  });

  test("a bit of every byte of its header copies: survives with a note", async () => {
    const files = await twoSegments();
    for (const from of [0, 4096]) {
      const range = { from, to: from + 512, oneBitOfEach: true };
      const wrong = await flipEverywhere(files, segmentName(1), range, (_at, outcome) => {
        const noted = outcome.report?.notes.some(({ kind }) => kind === "header-copy") ?? false;
        return noted && outcome.lsns.join() === "1,2,3,4,5" ? undefined : "survives with a note";
      });
      expect(wrong).toEqual([]);
    }
  });
});

test("both header copies damaged: refused, the segment is named", async () => {
  const files = await writeLife(new Map(), groups, "closed");
  const [name] = [...files.keys()];
  for (let at = 0; at < 512; at += 13) {
    const damaged = withFileChanged(files, name!, (file) => {
      file[at]! ^= 1;
      file[4096 + ((at + 256) % 512)]! ^= 1;
      return file;
    });
    const { error } = await examine(damaged);
    expect(isWalError(error) && error.details.segment).toBe(name);
    // A version that looks newer is told apart from damage: both refuse.
    expect(["WAL_CORRUPT", "WAL_UNSUPPORTED_VERSION"]).toContain(isWalError(error) && error.code);
  }
});

test("a large sealed segment is not scanned at open: its damage is found and named by the read", async () => {
  const files = await writeLife(new Map(), [1, 70_000, 1], "closed");
  const [[name, file]] = [...files] as [[string, Uint8Array]];
  expect(file.length).toBeGreaterThan(1024 * 1024);
  const frames = mapFrames(file);
  const damaged = withFileChanged(files, name, (copy) => {
    copy[frames[1]!.offset + 1000]! ^= 8;
    return copy;
  });
  expect(await examine(damaged)).toMatchObject({
    lsns: [1],
    report: { lastLsn: 70_002, tail: "clean" },
    error: { code: "WAL_CORRUPT", details: { segment: name, offset: frames[1]!.offset, lsn: 2 } },
  });
});
