/**
 * The one worker file of the page. Its name says which program it is; that is loaded on the first call, so that
 * nobody downloads what nobody asked for.
 */
import { failureOf } from "./failure.ts";
import type { Answer, Call, Role } from "./protocol.ts";

/** What a program can be asked; `tell` sends news. A value with `transfer` moves those objects along. */
export type Verbs = Readonly<Record<string, (argument: never) => unknown>>;

/** An answer that takes objects with it. */
export class Moved {
  readonly value: unknown;
  readonly transfer: Transferable[];

  constructor(value: unknown, transfer: Transferable[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;

function post(answer: Answer, transfer: Transferable[] = []): void {
  scope.postMessage(answer, transfer);
}

const tell = (news: unknown): void => post({ news });

async function program(role: Role): Promise<Verbs> {
  switch (role) {
    case "log":
      return (await import("./log-program.ts")).logProgram(tell);
    case "producer":
      return (await import("./producer-program.ts")).producerProgram(tell);
    case "doctor":
      return (await import("./doctor-program.ts")).doctorProgram();
    case "sqlite":
      return (await import("./sqlite-program.ts")).sqliteProgram();
    default:
      role satisfies never;
      throw new TypeError("no such role");
  }
}

const loading = program(scope.name as Role);

async function perform({ call, verb, argument }: Call): Promise<void> {
  try {
    const ask = (await loading)[verb] as ((argument: unknown) => unknown) | undefined;
    if (ask === undefined) throw new TypeError(`no verb ${verb}`);
    const value = await ask(argument);
    if (value instanceof Moved) post({ call, value: value.value }, value.transfer);
    else post({ call, value });
  } catch (error) {
    post({ call, failure: failureOf(error) });
  }
}

scope.addEventListener("message", ({ data }) => {
  void perform(data as Call);
});
