/** Key files from the command line, and that no key ever shows. */
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createEnvelope, keyIdOf } from "@stria/encryption";
import { cost, encryptedLog, lines, state, variable } from "./support/keys.ts";
import { json, type Outcome, stria, temporaryDirectory } from "./support/stria.ts";

describe("stria keygen", () => {
  test("makes a file only its owner may read, once", async () => {
    const path = join(temporaryDirectory(), "key");
    const made = await stria(["keygen", path, "--json"]);
    const { keyId, passphrase } = json(made);
    expect(passphrase).toBe(false);
    const key = readFileSync(path);
    expect(keyId).toBe(Buffer.from(keyIdOf(new Uint8Array(key))).toString("hex"));
    expect(key).toHaveLength(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = await stria(["keygen", path]);
    expect(again.code).toBe(2);
    expect(again.stderr).toBe(`stria: ${path} is there already; it was not changed\n`);
    expect(readFileSync(path)).toEqual(key);
  });

  test("seals the key under a passphrase from the environment", async () => {
    const home = temporaryDirectory();
    const path = join(home, "key");
    const missing = await stria(["keygen", path, "--passphrase-env", "STRIA_TEST_NONE"]);
    expect(missing.stderr).toBe("stria: there is no environment variable STRIA_TEST_NONE\n");
    expect(existsSync(path)).toBe(false);
    variable("STRIA_TEST_PASSPHRASE", "correct horse");
    const passphrase = ["--passphrase-env", "STRIA_TEST_PASSPHRASE"];
    expect((await stria(["keygen", path, ...passphrase])).code).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const log = join(home, "log");
    const keys = ["--key-file", path, ...passphrase];
    await stria(["append", log, ...keys], "one\ntwo\n");
    expect(lines(await stria(["cat", log, ...keys]))).toBe("one\ntwo\n");
    const without = await stria(["cat", log, "--key-file", path]);
    expect(without.code).toBe(2);
    expect(without.stderr).toContain("--passphrase-env");
  });
});

describe("stria passphrase", () => {
  test("rewrites the key file and no log; the old passphrase is refused from then on", async () => {
    const home = temporaryDirectory();
    const path = join(home, "key");
    variable("STRIA_TEST_OLD", "old");
    variable("STRIA_TEST_NEW", "new");
    const sealed = await createEnvelope({ passphrase: "old", cost });
    writeFileSync(path, sealed, { mode: 0o600 });
    const log = join(home, "log");
    const old = ["--key-file", path, "--passphrase-env", "STRIA_TEST_OLD"];
    await stria(["append", log, ...old], "one\n");
    const [before, file] = [state(log), readFileSync(path)];
    const change = ["passphrase", path, "--new-passphrase-env", "STRIA_TEST_NEW"];
    const wrong = await stria([...change, "--passphrase-env", "STRIA_TEST_NEW"]);
    expect(wrong.stderr).toContain("WAL_WRONG_KEY");
    expect(readFileSync(path)).toEqual(file);
    expect((await stria([...change, "--passphrase-env", "STRIA_TEST_OLD"])).code).toBe(0);
    expect(readdirSync(home).toSorted()).toEqual(["key", "log"]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(state(log)).toEqual(before);
    const refused = await stria(["cat", log, ...old]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toBe(
      "stria: WAL_WRONG_KEY: the passphrase does not open this key file\n",
    );
    const now = await stria(["cat", log, "--key-file", path, "--passphrase-env", "STRIA_TEST_NEW"]);
    expect(lines(now)).toBe("one\n");
  });

  test("has nothing to change in a raw key", async () => {
    const { keys } = await encryptedLog();
    variable("STRIA_TEST_OLD", "old");
    const names = ["--passphrase-env", "STRIA_TEST_OLD", "--new-passphrase-env", "STRIA_TEST_OLD"];
    const refused = await stria(["passphrase", keys[0], ...names]);
    expect(refused.stderr).toBe(`stria: ${keys[0]} has no passphrase\n`);
    expect(refused.code).toBe(2);
  });
});

test("neither key nor passphrase ever shows, whatever goes wrong", async () => {
  const { log, keys } = await encryptedLog();
  variable("STRIA_TEST_PASSPHRASE", "an unusual passphrase");
  const sealed = `${keys[0]}-sealed`;
  const named = ["--passphrase-env", "STRIA_TEST_PASSPHRASE"];
  writeFileSync(sealed, await createEnvelope({ passphrase: "an unusual passphrase", cost }));
  const outcomes: Outcome[] = [];
  const damaged = `${sealed}-damaged`;
  copyFileSync(sealed, damaged);
  const bytes = readFileSync(damaged);
  bytes[100]! ^= 1;
  writeFileSync(damaged, bytes);
  const tampered = `${log}-tampered`;
  const options = ["--key-file", keys[0], "--new-key-file", keys[1]];
  for (const args of [
    ["cat", log, "--key-file", keys[1]],
    ["cat", log, "--key-file", sealed, ...named],
    ["cat", log, "--key-file", damaged, ...named],
    ["verify", log, "--key-file", keys[0], "--json"],
    ["inspect", log, "--frames", "--json"],
    ["rekey", log, tampered, ...options, "--json"],
    ["append", log, "--key-file", keys[0], "--json", "--acks"],
  ]) {
    outcomes.push(await stria(args, "record\n"));
  }
  const secrets = keys.flatMap((path) => {
    const key = readFileSync(path);
    return [key.toString("hex"), key.toString("base64"), key.toString("latin1")];
  });
  const said = outcomes.map(({ stdout, stderr }) => stdout.toString("latin1") + stderr).join("");
  expect(said).toContain("WAL_CORRUPT");
  for (const secret of [...secrets, "an unusual passphrase"]) expect(said).not.toContain(secret);
});
