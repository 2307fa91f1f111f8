import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NodeFile } from "../src/node-file.ts";
import { firstPieceBytes, restGroups, warmUpGroups, ZeroAhead } from "../src/zero-ahead.ts";
import { fakeFile } from "./support/fake-calls.ts";
import type { CallName, FakeFile } from "./support/fake-calls.ts";

const KiB = 1024;
const headerBytes = 4 * KiB;

async function openFile(fake: FakeFile, limitBytes: number): Promise<NodeFile> {
  const { calls } = fake;
  return new NodeFile({
    calls,
    fd: await calls.open("log", 0, 0),
    durableFd: await calls.open("log", 0, 0),
    zeroAhead: new ZeroAhead({ calls, path: "log", limitBytes, durableWriteFlag: 0 }),
    fullSync: false,
  });
}

/** Writes `count` groups behind each other and returns the new end. */
async function writeGroups(
  file: NodeFile,
  options: { count: number; bytes: number; at: number },
): Promise<number> {
  if (options.count === 0) return options.at;
  await file.writeAndSync(new Uint8Array(options.bytes).fill(7), options.at);
  const at = options.at + options.bytes;
  return await writeGroups(file, { ...options, count: options.count - 1, at });
}

const appends = (fake: FakeFile): number => fake.log.filter((call) => call === "append").length;

describe("when zeros are written", () => {
  test("not before the header is durable, then after a few small groups", async () => {
    const fake = fakeFile();
    const file = await openFile(fake, 8 * KiB * KiB);
    await file.write(new Uint8Array(headerBytes).fill(1), 0);
    const at = await writeGroups(file, { count: 2 * warmUpGroups, bytes: 100, at: headerBytes });
    expect(appends(fake)).toBe(0);
    await file.sync();
    await file.close();
    expect(appends(fake)).toBe(1);
    // Cut to a block's end: the next piece starts on a block of its own.
    expect(fake.bytes().length % (4 * KiB)).toBe(0);
    expect(fake.bytes().length).toBeGreaterThan(at + firstPieceBytes / 2);
  });

  test("not for a log of a few records", async () => {
    const fake = fakeFile();
    const file = await openFile(fake, 8 * KiB * KiB);
    await file.writeAndSync(new Uint8Array(headerBytes), 0);
    await writeGroups(file, { count: warmUpGroups - 1, bytes: 100, at: headerBytes });
    await file.close();
    expect(appends(fake)).toBe(0);
  });

  test("not under bulk load", async () => {
    const fake = fakeFile();
    const file = await openFile(fake, 64 * KiB * KiB);
    await file.writeAndSync(new Uint8Array(headerBytes), 0);
    await writeGroups(file, { count: 40, bytes: 256 * KiB, at: headerBytes });
    await file.close();
    expect(appends(fake)).toBe(0);
  });

  test("never beyond the announced size", async () => {
    const fake = fakeFile();
    const limit = 100 * KiB + 123;
    const file = await openFile(fake, limit);
    await file.writeAndSync(new Uint8Array(headerBytes), 0);
    await writeGroups(file, { count: 40, bytes: 512, at: headerBytes });
    await file.close();
    expect(fake.bytes().length).toBe(limit);
  });

  test("a rest after frames have overtaken a piece in flight", async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const fake = fakeFile({ before: (call) => (call === "append" ? gate : undefined) });
    const file = await openFile(fake, 64 * KiB * KiB);
    await file.writeAndSync(new Uint8Array(headerBytes), 0);
    const at = await writeGroups(file, { count: warmUpGroups, bytes: 100, at: headerBytes });
    // The piece is in flight and starts here; this frame must wait for it, and then does land.
    const overtaking = file.writeAndSync(new Uint8Array(100).fill(9), at);
    await new Promise((resolve) => setImmediate(resolve));
    expect(fake.bytes().length).toBe(at);
    open();
    await overtaking;
    expect(fake.bytes()[at]).toBe(9);
    const end = await writeGroups(file, { count: restGroups - 1, bytes: 16 * KiB, at: at + 100 });
    expect(appends(fake)).toBe(1);
    await writeGroups(file, { count: 2, bytes: 16 * KiB, at: end });
    await file.close();
    expect(appends(fake)).toBe(2);
  });
});

describe("what goes wrong with zeros is no error of the log", () => {
  const failures: CallName[] = ["open", "append"];
  test.each(failures)("a failing %s ends zero-ahead, the log goes on", async (failing) => {
    let armed = false;
    const fake = fakeFile({
      before(call) {
        if (armed && call === failing) throw Object.assign(new Error("full"), { code: "ENOSPC" });
      },
    });
    const file = await openFile(fake, 8 * KiB * KiB);
    await file.writeAndSync(new Uint8Array(headerBytes), 0);
    armed = true;
    const at = await writeGroups(file, { count: 20, bytes: 100, at: headerBytes });
    armed = false;
    const end = await writeGroups(file, { count: 50, bytes: 100, at });
    await file.truncate(end);
    await file.close();
    expect(appends(fake)).toBe(0);
    expect(
      fake
        .bytes()
        .subarray(headerBytes)
        .every((byte) => byte === 7),
    ).toBe(true);
    expect(fake.openDescriptors()).toBe(0);
  });

  test("a short piece is the last", async () => {
    const fake = fakeFile({ mostBytes: 64 * KiB });
    const file = await openFile(fake, 8 * KiB * KiB);
    await file.writeAndSync(new Uint8Array(headerBytes), 0);
    await writeGroups(file, { count: 300, bytes: 4 * KiB, at: headerBytes });
    await file.close();
    expect(appends(fake)).toBe(1);
  });
});

describe("sealing", () => {
  test("truncate waits for the piece in flight and ends zero-ahead", async () => {
    const fake = fakeFile();
    const file = await openFile(fake, 8 * KiB * KiB);
    await file.writeAndSync(new Uint8Array(headerBytes), 0);
    const end = await writeGroups(file, { count: 10, bytes: 100, at: headerBytes });
    await file.truncate(end);
    expect(fake.bytes().length).toBe(end);
    await file.sync();
    await writeGroups(file, { count: 10, bytes: 1, at: end });
    await file.close();
    expect(fake.bytes().length).toBe(end + 10);
    expect(fake.openDescriptors()).toBe(0);
  });

  test("a blocking truncate and close leave nothing of a piece in flight behind", async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const fake = fakeFile({ before: (call) => (call === "append" ? gate : undefined) });
    const file = await openFile(fake, 8 * KiB * KiB);
    await file.writeAndSync(new Uint8Array(headerBytes), 0);
    const end = await writeGroups(file, { count: warmUpGroups, bytes: 100, at: headerBytes });
    file.blocking.writeAndSync?.(new Uint8Array(100).fill(7), end);
    file.blocking.truncate(end + 100);
    file.blocking.sync();
    file.blocking.close();
    open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(appends(fake)).toBe(1);
    expect(fake.bytes().length).toBe(end + 100);
    expect(fake.openDescriptors()).toBe(0);
  });
});

const group = fc.record({
  bytes: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 60 * KiB }) },
    { weight: 1, arbitrary: fc.integer({ min: 60 * KiB, max: 700 * KiB }) },
  ),
  how: fc.constantFrom("writeAndSync", "writeAndSync", "write and sync", "blocking"),
});

test("no zero ever lands on a frame, whatever runs before what", async () => {
  let pieces = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(group, { minLength: 10, maxLength: 60 }),
      async (scheduler, groups) => {
        const fake = fakeFile({
          before: async (call) => await scheduler.schedule(Promise.resolve(), call),
        });
        const run = async (): Promise<void> => {
          const file = await openFile(fake, 4 * KiB * KiB);
          const wanted: Uint8Array[] = [new Uint8Array(headerBytes).fill(255)];
          await file.write(wanted[0] ?? new Uint8Array(0), 0);
          await file.sync();
          let at = headerBytes;
          for (const [index, { bytes, how }] of groups.entries()) {
            const frame = new Uint8Array(bytes).fill(1 + (index % 200));
            if (how === "blocking") file.blocking.writeAndSync?.(frame, at);
            else if (how === "writeAndSync") await file.writeAndSync(frame, at);
            else {
              await file.write(frame, at);
              await file.sync();
            }
            at += bytes;
            wanted.push(frame);
          }
          const expected = Buffer.concat(wanted);
          expect(Buffer.from(fake.bytes().subarray(0, at)).equals(expected)).toBe(true);
          expect(
            fake
              .bytes()
              .subarray(at)
              .every((byte) => byte === 0),
          ).toBe(true);
          await file.truncate(at);
          await file.close();
          expect(Buffer.from(fake.bytes()).equals(expected)).toBe(true);
        };
        await scheduler.waitFor(run());
        expect(fake.openDescriptors()).toBe(0);
        pieces += appends(fake);
      },
    ),
    { numRuns: 300 },
  );
  // The property is about pieces: a run that wrote none would show nothing.
  expect(pieces).toBeGreaterThan(300);
}, 60_000);
