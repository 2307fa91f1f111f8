import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isWalError } from "@stria/core";
import { expect, test } from "vitest";
import { nodeStorage } from "../src/index.ts";
import { takeByCommand } from "../src/lock-command.ts";
import { startContender } from "./support/contender.ts";
import { thisNode } from "./support/runtimes.ts";
import { temporaryDirectory } from "./support/temporary.ts";

const locked = (error: unknown): boolean => isWalError(error, "WAL_LOCKED");

test("a second lock in the same process is refused and names this process", async () => {
  const directory = temporaryDirectory();
  const lock = await nodeStorage(directory).lock();
  const refusal: unknown = await nodeStorage(directory)
    .lock()
    .catch((error: unknown) => error);
  expect(locked(refusal)).toBe(true);
  expect((refusal as { details: unknown }).details).toEqual({
    holder: `pid ${process.pid}, node ${process.versions.node}`,
  });
  await lock.release();
});

test("a released lock can be taken again; releasing twice does not touch the next one's", async () => {
  const storage = nodeStorage(temporaryDirectory());
  const first = await storage.lock();
  await first.release();
  const second = await storage.lock();
  await first.release();
  await expect(storage.lock()).rejects.toSatisfy(locked);
  await second.release();
});

test("the lock is the directory's, whatever path leads to it", async () => {
  const parent = temporaryDirectory();
  mkdirSync(join(parent, "log"));
  symlinkSync(join(parent, "log"), join(parent, "alias"));
  const lock = await nodeStorage(join(parent, "log")).lock();
  await expect(nodeStorage(join(parent, "alias")).lock()).rejects.toSatisfy(locked);
  await expect(nodeStorage(join(parent, "alias", "..", "log")).lock()).rejects.toSatisfy(locked);
  await lock.release();
});

test("two directories have two locks", async () => {
  const parent = temporaryDirectory();
  const first = await nodeStorage(join(parent, "a")).lock();
  const second = await nodeStorage(join(parent, "b")).lock();
  await first.release();
  await second.release();
});

test("a lock dies with its process and with nothing else", async () => {
  const directory = temporaryDirectory();
  const holder = await startContender(thisNode, directory);
  expect(await holder.lock()).toEqual({ result: "held" });
  await expect(nodeStorage(directory).lock()).rejects.toMatchObject({
    code: "WAL_LOCKED",
    details: { holder: `pid ${holder.pid}, node ${process.versions.node}` },
  });
  await holder.kill();
  const lock = await nodeStorage(directory).lock();
  await lock.release();
});

test("the lock holds between containers: other network, process and mount namespaces", async ({
  skip,
}) => {
  const apart = ["--net", "--pid", "--fork", "--mount-proc", "--kill-child", process.execPath];
  const command = "unshare";
  const probe = spawnSync(command, [...apart, "--version"], { encoding: "utf8" });
  skip(probe.status !== 0, `${command}: ${probe.error?.message ?? probe.stderr}`);
  const directory = temporaryDirectory();
  const container = { name: "container", command, args: apart };
  const [one, two] = await Promise.all([
    startContender(container, directory),
    startContender(container, directory),
  ]);
  expect(await one.lock()).toEqual({ result: "held" });
  // Both call themselves pid 1: a pid would decide nothing here.
  expect(await two.lock()).toEqual({
    result: "WAL_LOCKED",
    holder: `pid 1, node ${process.versions.node}`,
  });
  await one.release();
  expect(await two.lock()).toEqual({ result: "held" });
  await expect(nodeStorage(directory).lock()).rejects.toSatisfy(locked);
}, 60_000);

test("a note that a dead or foreign process left behind decides nothing", async () => {
  const directory = temporaryDirectory();
  // This process lives, and is named in the note; but nobody holds the kernel's lock.
  writeFileSync(join(directory, ".stria.lock"), JSON.stringify({ pid: process.pid, runtime: "x" }));
  const lock = await nodeStorage(directory).lock();
  expect(readFileSync(join(directory, ".stria.lock"), "utf8")).toContain('"runtime":"node"');
  writeFileSync(join(directory, ".stria.lock"), "no JSON");
  await expect(nodeStorage(directory).lock()).rejects.toMatchObject({
    code: "WAL_LOCKED",
    details: {},
  });
  await lock.release();
  expect(readFileSync(join(directory, ".stria.lock"), "utf8")).toBe("");
});

test("of eight processes that race, exactly one wins, also after a winner was killed", async () => {
  const directory = temporaryDirectory();
  const racers = await Promise.all(
    Array.from({ length: 8 }, async () => await startContender(thisNode, directory)),
  );
  const first = await Promise.all(racers.map((racer) => racer.lock()));
  expect(first.map(({ result }) => result).toSorted()).toEqual([
    ...Array.from({ length: 7 }, () => "WAL_LOCKED"),
    "held",
  ]);
  const winner = first.findIndex(({ result }) => result === "held");
  await racers[winner]?.kill();
  const rest = racers.filter((_, index) => index !== winner);
  const second = await Promise.all(rest.map((racer) => racer.lock()));
  expect(second.filter(({ result }) => result === "held")).toHaveLength(1);
  expect(second.filter(({ result }) => result === "WAL_LOCKED")).toHaveLength(6);
}, 60_000);

test.runIf(process.platform === "linux")(
  "without a working flock command Node on Linux refuses instead of writing unprotected",
  async () => {
    const directory = temporaryDirectory();
    const file = join(directory, "lock");
    await expect(takeByCommand(file, 0o600, "no-such-flock-command")).rejects.toMatchObject({
      code: "WAL_UNSUPPORTED",
      message: expect.stringContaining("util-linux or busybox") as string,
    });
    const broken = join(directory, "broken");
    writeFileSync(broken, "#!/bin/sh\nexit 66\n");
    chmodSync(broken, 0o700);
    await expect(takeByCommand(file, 0o600, broken)).rejects.toMatchObject({
      code: "WAL_UNSUPPORTED",
      message: expect.stringContaining("exit code 66") as string,
    });
  },
);
