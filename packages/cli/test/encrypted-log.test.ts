/** Encrypted logs on the command line: with the key, without, under another, under a new one. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { addKeyToEnvelope, createEnvelope, generateKey, keyIdOf } from "@stria/encryption";
import { cost, encryptedLog, lines, state, variable, walBytes, walFiles } from "./support/keys.ts";
import { json, seq, stria, temporaryDirectory } from "./support/stria.ts";

describe("an encrypted log on the command line", () => {
  test("every command reads it with the key, and none without or with another", async () => {
    const { log, keys } = await encryptedLog();
    const before = state(log);
    const good = ["--key-file", keys[0]];
    expect(lines(await stria(["cat", log, ...good]))).toBe(seq(1, 100));
    expect(lines(await stria(["tail", log, "-n", "2", ...good]))).toBe("99\n100\n");
    expect(json(await stria(["stats", log, "--json", ...good]))).toMatchObject({ records: 100 });
    expect(json(await stria(["verify", log, "--json", ...good]))).toMatchObject({
      sound: true,
      readable: true,
    });
    const copies = [`${log}-salvaged`, `${log}-copy`] as const;
    const commands: string[][] = [
      ["append", log],
      ["cat", log],
      ["tail", log],
      ["salvage", log, copies[0]],
      ["rekey", log, copies[1], "--new-key-file", keys[2]],
    ];
    for (const command of commands) {
      for (const wrong of [[], ["--key-file", keys[1]]]) {
        const outcome = await stria([...command, ...wrong], "");
        expect([outcome.code, lines(outcome)], `${command[0]} ${wrong.length}`).toEqual([1, ""]);
        expect(outcome.stderr).toMatch(/^stria: WAL_UNKNOWN_KEY: .*\n$/u);
      }
    }
    for (const command of ["stats", "verify"]) {
      const outcome = await stria([command, log, "--key-file", keys[1]]);
      expect([outcome.code, lines(outcome)]).toEqual([1, ""]);
    }
    expect(copies.flatMap((copy) => walFiles(copy))).toEqual([]);
    // The holder's note in the lock file comes and goes; the log itself is what it was.
    const after = state(log);
    const { [".stria.lock"]: _a, ...was } = before;
    const { [".stria.lock"]: _b, ...is } = after;
    expect(is).toEqual(was);
    expect(readFileSync(join(log, ".stria.lock"), "utf8")).toBe("");
    expect((await stria(["append", log, ...good], "101\n")).code).toBe(0);
  });

  test("inspect, stats and verify do without a key, and show suite and key id only", async () => {
    const { log, keys } = await encryptedLog();
    const keyId = Buffer.from(keyIdOf(new Uint8Array(readFileSync(keys[0])))).toString("hex");
    const inspected = lines(await stria(["inspect", log, "--frames"]));
    expect(inspected).toContain(`chacha20-poly1305, key ${keyId.slice(0, 8)}`);
    const asJson = lines(await stria(["inspect", log, "--frames", "--json"]));
    expect(asJson).toContain(`"cipher":{"suite":2,"keyId":"${keyId}"}`);
    expect(json(await stria(["verify", log, "--json"]))).toMatchObject({
      sound: true,
      readable: false,
    });
    expect((await stria(["stats", log])).code).toBe(0);
    const header = readFileSync(join(log, walFiles(log)[0]!)).subarray(160, 224);
    for (const text of [inspected, asJson]) {
      expect(text).not.toContain(header.subarray(0, 32).toString("hex"));
      expect(text).not.toContain(header.subarray(32).toString("hex"));
    }
  });

  test("goes on under a new key that is named first, and in the suite that is asked for", async () => {
    const { log, keys } = await encryptedLog();
    const both = ["--key-file", keys[1], "--key-file", keys[0]];
    const appended = await stria(["append", log, ...both, "--suite", "aes-256-gcm"], "101\n");
    expect(appended.stderr).toContain("LSN 101");
    expect(lines(await stria(["cat", log, ...both]))).toBe(seq(1, 101));
    expect(lines(await stria(["inspect", log]))).toContain("aes-256-gcm, key ");
    expect((await stria(["cat", log, "--key-file", keys[0]])).code).toBe(1);
  });

  test("a plaintext log is refused by a key, and taken over with --allow-plaintext", async () => {
    const { keys } = await encryptedLog();
    const log = join(temporaryDirectory(), "plain");
    await stria(["append", log], "1\n");
    const key = ["--key-file", keys[0]];
    const refused = await stria(["append", log, ...key], "2\n");
    expect(refused.stderr).toMatch(/^stria: WAL_PLAINTEXT: /u);
    await stria(["append", log, ...key, "--allow-plaintext"], "2\n");
    const all = await stria(["cat", log, ...key, "--allow-plaintext"]);
    expect(lines(all)).toBe("1\n2\n");
  });

  test("options of keys without a key, and files that are none, are mistakes", async () => {
    const { log, keys } = await encryptedLog();
    const long = join(log, "..", "long");
    writeFileSync(long, Buffer.alloc(33));
    const cases: [string[], RegExp][] = [
      [["--allow-plaintext"], /--allow-plaintext needs --key-file/u],
      [["--passphrase-env", "X"], /--passphrase-env needs --key-file/u],
      [["--key-file", `${keys[0]}x`], /no such key file/u],
      [["--key-file", log], /not a file/u],
      [["--key-file", long], /no key file: it has 33 bytes/u],
    ];
    for (const [options, message] of cases) {
      const outcome = await stria(["cat", log, ...options]);
      expect(outcome.code).toBe(2);
      expect(outcome.stderr).toMatch(message);
    }
  });
});

describe("stria rekey", () => {
  test("makes a verified copy that goes on with the next LSN, again and again", async () => {
    const { log, keys } = await encryptedLog();
    const before = walBytes(log);
    const copy = `${log}-new`;
    const command = ["rekey", log, copy, "--key-file", keys[0], "--new-key-file", keys[1]];
    const made = json(await stria([...command, "--suite", "aes-256-gcm", "--json"]));
    expect(made).toMatchObject({ records: 100, lastLsn: 100, gaps: [], copy: "new" });
    expect(json(await stria([...command, "--json"]))).toMatchObject({ copy: "present" });
    expect(walBytes(log)).toEqual(before);
    const key = ["--key-file", keys[1]];
    expect(lines(await stria(["cat", copy, ...key]))).toBe(seq(1, 100));
    expect((await stria(["cat", copy, "--key-file", keys[0]])).code).toBe(1);
    expect((await stria(["append", copy, ...key], "101\n")).stderr).toContain("LSN 101");
    const moved = await stria(command);
    expect(moved.code).toBe(1);
    expect(lines(await stria(["cat", copy, ...key]))).toBe(seq(1, 101));
  });

  test("goes on with an unfinished copy, which nothing else opens", async () => {
    const { log, keys } = await encryptedLog();
    const copy = `${log}-new`;
    const command = ["rekey", log, copy, "--key-file", keys[0], "--new-key-file", keys[1]];
    // A damaged old log stops the copy half-way; then the old log is what it was.
    const [name] = walFiles(log);
    const segment = join(log, name!);
    const kept = readFileSync(segment);
    const broken = Buffer.from(kept);
    broken[8192 + 60]! ^= 1;
    writeFileSync(segment, broken);
    const stopped = await stria(command);
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toMatch(/^stria: WAL_CORRUPT: /u);
    writeFileSync(segment, kept);
    mkdirSync(copy, { recursive: true });
    expect((await stria(command)).code).toBe(0);
    expect(lines(await stria(["cat", copy, "--key-file", keys[1]]))).toBe(seq(1, 100));
  });

  test("never in place", async () => {
    const { log, keys } = await encryptedLog();
    const names = ["--key-file", keys[0], "--new-key-file", keys[1]];
    const refused = await stria(["rekey", log, `${log}/.`, ...names]);
    expect(refused.code).toBe(2);
  });
});

test("a key of the right id with other bytes is a wrong key, and changes nothing", async () => {
  const { log, keys } = await encryptedLog();
  variable("STRIA_TEST_PASSPHRASE", "x");
  const id = keyIdOf(new Uint8Array(readFileSync(keys[0])));
  const impostor = join(log, "..", "impostor");
  const envelope = await createEnvelope({
    passphrase: "x",
    cost,
    keys: [{ id, key: generateKey() }],
  });
  writeFileSync(impostor, await addKeyToEnvelope(envelope, "x"));
  const before = walBytes(log);
  const key = ["--key-file", impostor, "--passphrase-env", "STRIA_TEST_PASSPHRASE"];
  for (const command of ["append", "cat", "verify", "stats"]) {
    const outcome = await stria([command, log, ...key], "");
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/^stria: WAL_WRONG_KEY: /u);
  }
  expect(walBytes(log)).toEqual(before);
});
