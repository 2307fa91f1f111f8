/** A process that takes the writer's lock when told, says what came of it, and holds it until told otherwise. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Runtime } from "./runtimes.ts";

const fixture = fileURLToPath(new URL("../fixtures/contender.mjs", import.meta.url));

export interface Answer {
  readonly result: string;
  readonly holder?: string;
}

export interface Contender {
  readonly pid: number;
  /** Tries to take the lock: `held`, or the error's code. */
  lock(): Promise<Answer>;
  release(): Promise<Answer>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

export async function startContender(runtime: Runtime, directory: string): Promise<Contender> {
  const child = spawn(runtime.command, [...runtime.args, fixture, directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await gone;
  };
  onTestFinished(kill);
  const answer = async (): Promise<Answer> => {
    const line = await lines.next();
    if (line.done) throw new Error(`${runtime.name} ended without an answer`);
    return JSON.parse(line.value) as Answer;
  };
  const tell = async (command: string): Promise<Answer> => {
    child.stdin.write(`${command}\n`);
    return await answer();
  };
  await answer();
  return {
    pid: child.pid ?? 0,
    lock: () => tell("lock"),
    release: () => tell("release"),
    kill,
  };
}
