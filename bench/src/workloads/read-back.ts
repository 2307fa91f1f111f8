/** The check after every run: reopens the log and compares it with what was acknowledged. */
import type { Contestant } from "../contestant.ts";
import type { Job, Measurement } from "../job.ts";
import type { Ledger } from "../payload.ts";

/** Reads everything back; an error is a verdict too. */
export async function readBack(
  contestant: Contestant,
  job: Job,
  ledger: Ledger,
): Promise<Measurement["readBack"]> {
  if (contestant.kind === "raw" || job.profiled === true) return "not applicable";
  try {
    const session = await contestant.open(job.directory, job);
    if (session.read === undefined) return "not applicable";
    await session.read((record) => ledger.check(record));
    await session.close();
    return ledger.verdict();
  } catch (error) {
    return `no: ${error instanceof Error ? error.message : String(error)}`;
  }
}
