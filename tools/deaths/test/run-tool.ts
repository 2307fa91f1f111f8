/** Runs one of the programs that mount file systems, in a process of its own; shows what it said. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface ToolRun {
  readonly output: string;
  /** Why it could not run here. */
  readonly skipped: string | undefined;
}

/** Rejects, with all it has said in the message, when the program fails. */
export async function runTool(name: string, args: readonly string[]): Promise<ToolRun> {
  const path = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args]);
  console.log(stdout.trimEnd());
  return { output: stdout, skipped: / skipped: (.*)/u.exec(stdout)?.[1] };
}
