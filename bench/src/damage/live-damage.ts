/** Wounds of a running log: one sync that fails, and a second process that opens the same log. */
import { contestantNamed } from "../contestants/index.ts";
import type { Cell } from "./judge.ts";
import { RECORDS } from "./look.ts";
import { failingCall, runVictim, startVictim } from "./victims.ts";

/** Late enough for the log to be open, early enough for most of the 300 appends to follow. */
const FAILING_SYNC = 100;
const EXTRA = 20;

/** One sync fails with EIO: is the caller told, and is anything acknowledged afterwards? */
export async function eioCell(contestant: string, directory: string): Promise<Cell> {
  const calls = contestantNamed(contestant).durableCalls ?? "fsync,fdatasync";
  const strace = failingCall(calls, FAILING_SYNC);
  if (strace === undefined) return { text: "needs strace", verdict: "none" };
  const told = await runVictim({ step: "failing", contestant, directory }, strace);
  if ("died" in told) return { text: `process dies (${told.died})`, verdict: "bad" };
  const { acknowledged = 0, after = 0, error, uncaught = 0 } = told;
  if (acknowledged === 300) return { text: "never noticed: no such call", verdict: "none" };
  const how = error === undefined ? "thrown outside the append" : `append rejects (${error})`;
  const extra = uncaught > 0 && error !== undefined ? `, ${uncaught} uncaught` : "";
  const text = `${how}${extra}; ${after} acknowledged afterwards`;
  return { text, verdict: after > 0 || error === undefined ? "bad" : "good" };
}

/** Both processes append; afterwards everything acknowledged must be there, or the second was refused. */
export async function secondCell(contestant: string, directory: string): Promise<Cell> {
  const first = startVictim({ step: "write", contestant, directory });
  await first.next();
  const second = startVictim({ step: "second", contestant, directory });
  const told = await second.next();
  const refused = "died" in told || told.error !== undefined;
  const more = first.next();
  first.process.send("more");
  const later = await more;
  await second.kill();
  await first.kill();
  if (refused) {
    const why = "died" in told ? told.died : (told.error ?? "");
    return { text: `second refused (${why.slice(0, 60)})`, verdict: "good" };
  }
  if ("died" in later) return { text: `first dies (${later.died})`, verdict: "bad" };
  const seen = await runVictim({ step: "look", contestant, directory });
  if ("died" in seen) return { text: `log dies on opening (${seen.died})`, verdict: "bad" };
  const readable = (seen.numbers?.length ?? 0) + (seen.others ?? 0);
  const wanted = RECORDS + 2 * EXTRA;
  const problem = seen.error === undefined ? "" : ` (${seen.error})`;
  return {
    text: `not refused; ${readable} of ${wanted} readable${problem}`,
    verdict: readable === wanted && seen.error === undefined ? "good" : "bad",
  };
}
