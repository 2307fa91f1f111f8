/**
 * The journal: a child process journals real files and is killed in the middle; the parent recovers the
 * log, proves that nothing acknowledged was lost, resumes to the end, verifies and replays.
 */
import { randomInt } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { wholeNumber } from "../arguments.ts";
import { UsageError, exitCodeOf } from "../exit-code.ts";
import { findInput } from "./input.ts";
import { runStages } from "./stages.ts";

interface JournalOptions {
  readonly keep?: string;
  readonly killAt?: number;
}

const program = new Command("npm start --")
  .description("Journal real files, kill the process in the middle, prove that nothing is lost.")
  .argument("[input]", "a directory (each file one record) or a file (each line one record)")
  .option("--keep <dir>", "keep the log in this directory: empty, or not there yet")
  .option(
    "--kill-at <percent>",
    "kill after this share of the acknowledgements; random from 25 to 75",
    wholeNumber(1, 100),
  )
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => write(`stria: ${text.replace(/^error: /u, "")}`),
  })
  .action(journal);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else process.exitCode = exitCodeOf(error);
}

async function journal(path: string | undefined, options: JournalOptions): Promise<void> {
  // Without an argument: the repository this file was built in, with everything installed.
  const root = fileURLToPath(new URL("../../../..", import.meta.url));
  const input = await findInput(path ?? root);
  const directory = await logDirectory(options.keep);
  const killAt = (options.killAt ?? randomInt(25, 76)) / 100;
  let keep = options.keep !== undefined;
  const cleanUp = (): void => {
    if (!keep) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once("SIGINT", interrupted);
  process.once("exit", cleanUp);
  try {
    await runStages({ input, directory, killAt });
  } catch (error) {
    if (!(error instanceof UsageError)) {
      keep = true;
      process.stderr.write(`stria: the log is left in ${directory}\n`);
    }
    throw error;
  } finally {
    process.off("SIGINT", interrupted);
    process.off("exit", cleanUp);
    if (keep) process.stdout.write(`The log is in ${directory}\n`);
    cleanUp();
  }
}

/** The child is killed by whoever started it, and the log removed, when the process exits. */
function interrupted(): never {
  process.exit(130);
}

/** Absolute and without symbolic links, so that the journal knows it when it meets it. */
async function logDirectory(keep: string | undefined): Promise<string> {
  if (keep === undefined) return realpath(await mkdtemp(join(tmpdir(), "stria-journal-")));
  await mkdir(keep, { recursive: true });
  if ((await readdir(keep)).length > 0) throw new UsageError(`${keep} is not empty`);
  return realpath(keep);
}
