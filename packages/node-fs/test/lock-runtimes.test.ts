/** Every pair of runtimes on one directory: the second is refused, a kill frees it, and a race has one winner. */
import { describe, expect, test } from "vitest";
import { startContender } from "./support/contender.ts";
import { missing, otherRuntimes, thisNode } from "./support/runtimes.ts";
import { temporaryDirectory } from "./support/temporary.ts";

const all = [thisNode, ...otherRuntimes];
const pairs = all.flatMap((holder) => all.map((second) => ({ holder, second })));

describe.each(pairs)("$holder.name holds, $second.name comes", ({ holder, second }) => {
  test("refused while it lives, granted when it is killed", async ({ skip }) => {
    const reason = missing(holder, second);
    skip(reason !== undefined, reason);
    const directory = temporaryDirectory();
    const [one, two] = await Promise.all([
      startContender(holder, directory),
      startContender(second, directory),
    ]);
    expect(await one.lock()).toEqual({ result: "held" });
    const refusal = await two.lock();
    expect(refusal.result).toBe("WAL_LOCKED");
    expect(refusal.holder).toContain(`pid ${one.pid}, ${holder.name.replace(/\d+$/, "")}`);
    await one.kill();
    expect(await two.lock()).toEqual({ result: "held" });
    expect(await two.release()).toEqual({ result: "released" });
  }, 60_000);
});

test("a race between all runtimes has exactly one winner", async ({ skip }) => {
  const reason = missing(...otherRuntimes);
  skip(reason !== undefined, reason);
  const directory = temporaryDirectory();
  const racers = await Promise.all(
    all.map(async (runtime) => await startContender(runtime, directory)),
  );
  const answers = await Promise.all(racers.map((racer) => racer.lock()));
  expect(answers.filter(({ result }) => result === "held")).toHaveLength(1);
  expect(answers.filter(({ result }) => result === "WAL_LOCKED")).toHaveLength(all.length - 1);
}, 60_000);
