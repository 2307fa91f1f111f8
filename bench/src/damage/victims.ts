/** Starts victims, hears what they tell, kills them. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { delimiter, join } from "node:path";
import type { Findings, VictimJob } from "./look.ts";

const TIMEOUT_MS = 20_000;

/** A running victim. */
export interface Victim {
  readonly process: ChildProcess;
  /** The next thing it tells, or how it died. */
  next(): Promise<Findings | { readonly died: string }>;
  kill(): Promise<void>;
}

export function startVictim(job: VictimJob, before: readonly string[] = []): Victim {
  // strace counts calls thread by thread: with one pool thread the count is the log's own.
  const env = before.length > 0 ? { ...process.env, UV_THREADPOOL_SIZE: "1" } : process.env;
  const script = fileURLToPath(new URL("victim.js", import.meta.url));
  const [command, ...words] = [...before, process.execPath, script, JSON.stringify(job)];
  const child = spawn(command, words, {
    env,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const ended = new Promise<{ died: string }>((resolve) => {
    child.once("error", (error) => resolve({ died: error.message }));
    child.once("exit", (code, signal) => resolve({ died: signal ?? `exit ${code}` }));
  });
  return {
    process: child,
    next: async () => {
      let timer: NodeJS.Timeout | undefined;
      const told = new Promise<Findings>((resolve) => child.once("message", resolve));
      const late = new Promise<{ died: string }>((resolve) => {
        timer = setTimeout(() => resolve({ died: "no answer" }), TIMEOUT_MS);
      });
      return await Promise.race([told, ended, late]).finally(() => clearTimeout(timer));
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs a victim that ends by itself. */
export async function runVictim(
  job: VictimJob,
  before: readonly string[] = [],
): Promise<Findings | { readonly died: string }> {
  const victim = startVictim(job, before);
  const told = await victim.next();
  await victim.kill();
  return told;
}

/** Words that make the `when`th call of one of `calls` fail with EIO; `undefined` without strace. */
export function failingCall(calls: string, when: number): string[] | undefined {
  const paths = (process.env["PATH"] ?? "").split(delimiter);
  if (!paths.some((path) => existsSync(join(path, "strace")))) return undefined;
  const words = ["strace", "-f", "-qq", "-o", "/dev/null"];
  return [...words, "-e", `trace=${calls}`, "-e", `inject=${calls}:error=EIO:when=${when}`];
}
