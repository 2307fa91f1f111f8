/** Starts one process, reads its answer from descriptor 3, and never leaves it running. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Readable } from "node:stream";
import type { Contestant } from "./contestant.ts";

/** How to run one script of this package. */
export interface Run {
  /** File beside this one, without `.js`. */
  readonly script: string;
  readonly argument: unknown;
  readonly nodeFlags?: readonly string[];
  readonly runtime?: Contestant["runtime"];
  readonly timeoutMs: number;
}

/** What became of it. */
export type Outcome =
  | { readonly kind: "answered"; readonly answer: unknown }
  | { readonly kind: "died"; readonly reason: string };

const KEPT_ERROR_CHARS = 300;

/** The Node that has node:sqlite, where tools/runtimes is installed. */
export const node24: string = fileURLToPath(
  new URL("../../tools/runtimes/node_modules/node24/bin/node", import.meta.url),
);

/** Why this runtime cannot be used, or `undefined`. */
export function missingRuntime(runtime: Contestant["runtime"]): string | undefined {
  if (runtime === undefined || existsSync(node24)) return undefined;
  return "needs Node 24: node tools/runtimes/install.mjs";
}

export function runScript(run: Run): Promise<Outcome> {
  const script = fileURLToPath(new URL(`${run.script}.js`, import.meta.url));
  const node = run.runtime === "node24" ? node24 : process.execPath;
  const words = [...(run.nodeFlags ?? []), script, JSON.stringify(run.argument)];
  return new Promise((resolve) => {
    const child = spawn(node, words, { stdio: ["ignore", "ignore", "pipe", "pipe"] });
    let answer = "";
    let errors = "";
    (child.stdio[3] as Readable).on("data", (piece: Buffer) => (answer += piece.toString()));
    child.stderr?.on("data", (piece: Buffer) => {
      errors = (errors + piece.toString()).slice(-4 * KEPT_ERROR_CHARS);
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), run.timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve({ kind: "died", reason: error.message });
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (answer !== "") {
        resolve({ kind: "answered", answer: JSON.parse(answer) });
        return;
      }
      const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
      resolve({ kind: "died", reason: `${how} without an answer. ${lastError(errors)}`.trim() });
    });
  });
}

/** The line that names the error, else one that looks like it. */
function lastError(text: string): string {
  const lines = text.split("\n");
  const named = lines.find((one) => /^\w*Error\b.*:/u.test(one));
  const line = named ?? lines.find((one) => /error|assert|abort/iu.test(one)) ?? "";
  return line.trim().slice(0, KEPT_ERROR_CHARS);
}
