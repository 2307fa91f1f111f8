/** `inspect`, `verify`, `salvage` and `stats` on sound, torn and damaged logs. */
import { cp, readFile, readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Frame, damage, framesOf, numbersLog, segmentFiles } from "./support/damage.ts";
import { ended, json, seq, startStria, stria, temporaryDirectory } from "./support/stria.ts";

interface Verification {
  readonly sound: boolean;
  readonly records: number;
  readonly findings: readonly {
    severity: string;
    segment: string;
    offset?: number;
    lsn?: number;
  }[];
}

async function verifyJson(log: string): Promise<{ code: number | null; result: Verification }> {
  const outcome = await stria(["verify", log, "--json"]);
  return { code: outcome.code, result: json(outcome) as unknown as Verification };
}

/** A record frame in the middle of the oldest segment. */
async function middleFrame(log: string): Promise<Frame> {
  const frames = (await framesOf(log)).filter(({ kind }) => kind === "records");
  const [first] = await segmentFiles(log);
  const inFirst = frames.filter(({ segment }) => segment === first);
  return inFirst[Math.floor(inFirst.length / 2)]!;
}

test("a sound log: inspect, verify and stats agree", async () => {
  const log = temporaryDirectory();
  await numbersLog(log);
  const { code, result } = await verifyJson(log);
  expect(code).toBe(0);
  expect(result).toMatchObject({ sound: true, records: 300, findings: [] });
  const inspected = json(await stria(["inspect", log, "--json"])) as {
    firstLsn: number;
    lastLsn: number;
    segments: { state: string; fileBytes: number; name: string }[];
  };
  expect(inspected).toMatchObject({ firstLsn: 1, lastLsn: 300 });
  expect(inspected.segments.length).toBeGreaterThan(3);
  expect(new Set(inspected.segments.map(({ state }) => state))).toEqual(new Set(["sealed"]));
  for (const { name, fileBytes } of inspected.segments) {
    expect((await stat(join(log, name))).size).toBe(fileBytes);
  }
  expect(json(await stria(["stats", log, "--json"]))).toMatchObject({
    records: 300,
    recordFrames: 300,
    segments: inspected.segments.length,
    recordsPerFrame: { p50: 1, max: 1 },
  });
  const text = await stria(["inspect", log, "--frames"]);
  expect(text.stdout.toString()).toContain("LSN 1-300, 300 records");
  expect((await stria(["stats", log])).stdout.toString()).toContain("300, LSN 1-300");
});

test("damage in an old segment that no open would read: exit code 1, with segment, offset and LSN", async () => {
  const log = temporaryDirectory();
  await numbersLog(log);
  const frame = await middleFrame(log);
  await damage(log, frame.segment, frame.offset + 60);
  const outcome = await stria(["verify", log]);
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toBe(`stria: WAL_CORRUPT: 1 damaged place in ${log}\n`);
  const text = outcome.stdout.toString();
  expect(text).toContain(`${frame.segment} offset ${frame.offset}: LSN ${frame.firstLsn}`);
  const { result } = await verifyJson(log);
  expect(result.findings).toMatchObject([
    { severity: "damage", segment: frame.segment, offset: frame.offset, lsn: frame.firstLsn },
  ]);
  const cat = await stria(["cat", log]);
  expect(cat).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^stria: WAL_CORRUPT: .*\n$/u),
  });
});

test("several places are all named, and a missing segment", async () => {
  const log = temporaryDirectory();
  await numbersLog(log);
  const [first, second, third] = await segmentFiles(log);
  const frames = (await framesOf(log)).filter(({ kind }) => kind === "records");
  const inFirst = frames.filter(({ segment }) => segment === first);
  const inThird = frames.filter(({ segment }) => segment === third);
  for (const frame of [inFirst[2]!, inFirst[9]!, inThird[1]!]) {
    await damage(log, frame.segment, frame.offset + 50);
  }
  await truncate(join(log, second!), 9000);
  const { code, result } = await verifyJson(log);
  expect(code).toBe(1);
  const places = result.findings.map(({ segment, offset }) => `${segment} ${offset}`);
  for (const frame of [inFirst[2]!, inFirst[9]!, inThird[1]!]) {
    expect(places).toContain(`${frame.segment} ${frame.offset}`);
  }
  expect(result.findings.map(({ segment }) => segment)).toContain(second);
});

test("a torn tail is reported and sound", async () => {
  const log = temporaryDirectory();
  const child = startStria(["append", log, "--acks"]);
  child.stdin?.write("one\n");
  await new Promise((resolve) => {
    child.stdout?.once("data", resolve);
  });
  child.kill("SIGKILL");
  await ended(child);
  const [name] = await segmentFiles(log);
  const last = (await framesOf(log)).findLast(({ kind }) => kind === "mark" || kind === "records")!;
  await damage(log, name!, last.offset + 20);
  const { code, result } = await verifyJson(log);
  expect(code).toBe(0);
  expect(result.findings).toContainEqual(
    expect.objectContaining({ severity: "note", kind: "torn-tail", offset: last.offset }),
  );
  expect((await stria(["verify", log])).stdout.toString()).toContain("never acknowledged");
});

test("verify looks on while a writer appends and rotates", async () => {
  const log = temporaryDirectory();
  const writer = startStria(["append", log, "--segment-bytes", "65536", "--acks"]);
  let writing = true;
  let line = 0;
  const fed = (async () => {
    while (writing) {
      const hasRoom = writer.stdin?.write(seq(line + 1, line + 1000)) ?? true;
      line += 1000;
      const waits = hasRoom ? setImmediate : (go: () => void) => writer.stdin?.once("drain", go);
      await new Promise<void>((resolve) => {
        waits(resolve);
      });
    }
  })();
  writer.stdout?.resume();
  const looks: (number | null)[] = [];
  let records = 0;
  while (looks.length < 5 || records === 0) {
    const { code, result } = await verifyJson(log);
    looks.push(code);
    records = result.records;
  }
  writing = false;
  await fed;
  writer.stdin?.end();
  await ended(writer);
  expect(new Set(looks)).toEqual(new Set([0]));
  expect((await stria(["cat", log])).stdout.toString() === seq(1, line)).toBe(true);
}, 60_000);

test("salvage saves the rest under the same LSNs, says what was lost, and leaves the old log as it was", async () => {
  const log = temporaryDirectory();
  await numbersLog(log);
  const frame = await middleFrame(log);
  await damage(log, frame.segment, frame.offset + 60);
  const before = join(temporaryDirectory(), "before");
  await cp(log, before, { recursive: true });
  const saved = join(temporaryDirectory(), "saved");
  const outcome = await stria(["salvage", log, saved, "--json"]);
  expect(outcome.code).toBe(0);
  const lsn = frame.firstLsn;
  expect(json(outcome)).toMatchObject({
    records: 299,
    lostRecords: 1,
    lost: [{ from: lsn, to: lsn }],
    findings: [{ segment: frame.segment, offset: frame.offset, lsn }],
    lastLsn: 300,
    sound: true,
  });
  expect((await readdir(log)).toSorted()).toEqual((await readdir(before)).toSorted());
  for (const name of await segmentFiles(log)) {
    expect((await readFile(join(log, name))).equals(await readFile(join(before, name)))).toBe(true);
  }
  const gap = await stria(["cat", saved]);
  expect(gap.code).toBe(1);
  expect(gap.stderr).toBe(
    `stria: WAL_GAP: LSN ${lsn} cannot be read: lost before the log was repaired; reading resumes at ${lsn + 1}\n`,
  );
  const rest = await stria(["cat", saved, "--skip-gaps"]);
  expect(rest.stdout.toString()).toBe(seq(1, 300).replace(`\n${lsn}\n`, "\n"));
  expect(rest.stderr).toBe(`stria: LSN ${lsn} skipped: not in the log\n`);
  expect(
    (
      await stria(["cat", saved, "--from", String(lsn + 1), "--to", String(lsn + 1)])
    ).stdout.toString(),
  ).toBe(`${lsn + 1}\n`);
  expect(json(await stria(["stats", saved, "--json"]))).toMatchObject({
    records: 299,
    lastLsn: 300,
  });
  expect((await stria(["inspect", saved])).stdout.toString()).toContain("299 records");
  expect(json(await stria(["append", saved, "--json"], "more\n"))).toMatchObject({ firstLsn: 301 });
  expect((await stria(["verify", saved])).code).toBe(0);
  expect((await stria(["salvage", log, saved])).stderr).toBe(`stria: ${saved} is not empty\n`);
});
