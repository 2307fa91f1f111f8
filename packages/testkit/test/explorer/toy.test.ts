/** The explorer is tested on a log with bugs put into it: each is found, and the log without is not accused. */
import { describe, expect, test } from "vitest";
import { crashExplorer, replayCrash } from "../../src/index.ts";
import { toyLog, type ToyBug } from "./toy-log.ts";

const bugs: Readonly<Record<ToyBug, readonly string[]>> = {
  "ack before sync": ["lost-record"],
  "no directory sync": ["lost-record", "segment-id-reused"],
  "sync covers what arrives during it": ["lost-record"],
  "no checksum": ["wrong-bytes", "invented-record", "split-batch"],
  "retry after a failed sync": ["lost-record"],
  "batch in one frame a record": ["split-batch"],
  "old file removed before the new one is durable": ["lost-record", "segment-id-reused"],
  "recovered tail not written again": ["lost-record", "wrong-bytes"],
  "file name used again": ["segment-id-reused", "changed-an-old-file"],
  "tail cut off in place": ["changed-an-old-file"],
  "first bad byte makes the log refuse": ["refused-to-open"],
  "close without draining": ["lost-record", "unexpected-error", "changed-an-old-file"],
  "append that is forgotten": ["hang", "lost-record"],
};

const patience = { timeout: 300_000 };

test("a log that keeps its promises is not accused", patience, async () => {
  // Of crashes: a device that lies or misdirects is beyond what the toy promises.
  const options = { open: toyLog(), seeds: 12, points: 25, faults: 0 };
  const { findings, cycles } = await crashExplorer(options);
  expect(findings).toEqual([]);
  expect(cycles).toBeGreaterThan(1000);
});

describe.each(Object.entries(bugs))("%s", (bug, names) => {
  const open = toyLog(bug as ToyBug);

  test("is found, shrunk and replayed", patience, async () => {
    const { findings } = await crashExplorer({ open, seeds: 60, points: 25, faults: 2 });
    const [finding] = findings;
    expect(names).toContain(finding?.violation);
    const again = await replayCrash(finding?.replay ?? "", { open });
    expect(again).toEqual(finding);
  });
});

test("the same seed explores the same", async () => {
  const options = { open: toyLog("ack before sync"), seed: 5, seeds: 3, points: 10 };
  expect(await crashExplorer(options)).toEqual(await crashExplorer(options));
});
