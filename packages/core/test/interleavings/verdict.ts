/** What must hold at the end of every schedule of a case. */
import type { Act, Plan } from "./cases.ts";
import { Violation } from "./shared-world.ts";

/** The producer that is the log's own thread. */
export const OWN = 99;

/** Every record of the living once and in order, batches whole, and every LSN as its producer was told. */
export function checkLog(
  plan: Plan,
  saw: readonly (readonly number[])[],
  dead: number | undefined,
): void {
  const log = saw[0]!;
  plan.producers.forEach((acts, i) => {
    const id = i + 1;
    const mine = log.flatMap((code, at) => (Math.floor(code / 100) === id ? [at + 1] : []));
    const calls = acts.flatMap((act) => recordsOf(act));
    const all = calls.reduce((sum, { size }) => sum + size, 0);
    if (dead !== id && mine.length !== all) {
      throw new Violation(`producer ${id}: ${mine.length} of ${all} records`);
    }
    mine.forEach((lsn, at) => {
      if (log[lsn - 1]! % 100 !== at + 1) throw new Violation(`producer ${id}: out of order`);
    });
    const told = saw[id]!.filter((lsn) => lsn > 0);
    let at = 0;
    for (const { size, waits } of calls) {
      const lsns = mine.slice(at, at + size);
      const span = (lsns.at(-1) ?? 0) - (lsns[0] ?? 0);
      if (lsns.length > 0 && span !== size - 1)
        throw new Violation(`producer ${id}: a batch is cut`);
      for (const lsn of waits ? told.splice(0, size) : []) {
        const is = lsns.shift();
        if (is !== lsn) throw new Violation(`producer ${id}: told ${lsn}, is ${is}`);
      }
      at += size;
    }
  });
  checkMail(plan, saw, log);
}

/** How many records an act appends, and whether it waits for their LSNs. */
function recordsOf(act: Act): { size: number; waits: boolean }[] {
  switch (act.do) {
    case "append":
      return [{ size: 1, waits: true }];
    case "put":
    case "post":
      return [{ size: 1, waits: false }];
    case "batch":
      return [{ size: act.bytes.length, waits: true }];
    default:
      return [];
  }
}

/** Who got a message appends behind what its sender had appended before. */
function checkMail(plan: Plan, saw: readonly (readonly number[])[], log: readonly number[]): void {
  const sender = plan.producers.findIndex((acts) => acts.some((act) => act.do === "send")) + 1;
  if (sender === 0) return;
  const sent = log.indexOf(sender * 100 + 1) + 1;
  const own = log.indexOf(OWN * 100 + 1) + 1;
  if (own > 0 && own < sent) throw new Violation("the log's own thread overtook its messenger");
  for (const seen of saw.slice(1)) {
    const at = seen.indexOf(-1);
    if (at >= 0 && seen[at + 1]! < sent) throw new Violation("a message was overtaken");
  }
}
