/**
 * Appends that are accepted and not durable yet, where a mode tells the two apart: who waits for the
 * durable LSN to pass, in the order of acceptance.
 */
import type { AcceptedCalls } from "./append-group.ts";

export class LateCalls {
  #groups: AcceptedCalls[] = [];

  add(calls: AcceptedCalls): void {
    this.#groups.push(calls);
  }

  /** Answers whoever waits for `durableLsn` or less; with a failure, everybody else too. */
  moved(durableLsn: number, failureOf?: (lsn: number) => Error): void {
    if (this.#groups.length === 0) return;
    this.#groups = this.#groups.flatMap((calls) => answer(calls, durableLsn, failureOf));
  }
}

function answer(
  calls: AcceptedCalls,
  durableLsn: number,
  failureOf: ((lsn: number) => Error) | undefined,
): AcceptedCalls[] {
  const { firstLsns, lastLsns, resolves, rejects } = calls;
  let done = 0;
  while (done < lastLsns.length && lastLsns[done]! <= durableLsn) {
    resolves[done]!(firstLsns[done]!);
    done++;
  }
  if (failureOf !== undefined) {
    for (; done < lastLsns.length; done++) rejects[done]!(failureOf(firstLsns[done]!));
  }
  if (done === lastLsns.length) return [];
  return [
    {
      firstLsns: firstLsns.slice(done),
      lastLsns: lastLsns.slice(done),
      resolves: resolves.slice(done),
      rejects: rejects.slice(done),
    },
  ];
}
