/**
 * From an error to an exit code and one line on stderr: 2 for a wrong command, 1 for a log or a disk
 * that has a problem, 0 when whoever read the output has gone.
 */
import { isWalError } from "@stria/core";
import { ReaderGone } from "./output/output.ts";

/** The command was wrong: an argument, a directory that is not there, input that is not what it should be. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** The message was written already; only the exit code is left to say. */
export class Failed extends Error {
  override readonly name: string = "Failed";
  readonly exitCode: number;

  constructor(exitCode: number = 1) {
    super("the message was written already");
    this.exitCode = exitCode;
  }
}

/** Writes the line and returns the code. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ReaderGone) return 0;
  if (error instanceof Failed) return error.exitCode;
  const message = error instanceof Error ? error.message : String(error);
  const line = message.trim().replaceAll(/\s*\n\s*/gu, " ");
  const misplaced = misplacedDirectory(error);
  if (misplaced !== undefined) return say(`cannot make the directory: ${misplaced}`, 2);
  if (isWalError(error)) return say(`${error.code}: ${line}`, 1);
  // What the log refuses as a bad option was a bad argument here.
  const wrong =
    error instanceof UsageError || error instanceof RangeError || error instanceof TypeError;
  return say(line, wrong ? 2 : 1);
}

/** What the file system says to a directory that cannot be made where it was asked for. */
function misplacedDirectory(error: unknown): string | undefined {
  if (!isWalError(error, "WAL_STORAGE") || !(error.cause instanceof Error)) return undefined;
  const { code, syscall, message } = error.cause as NodeJS.ErrnoException;
  return syscall === "mkdir" && code !== undefined && wrongPlaces.has(code) ? message : undefined;
}

/** Errors that are the path's fault; a full or broken disk is not among them. */
export const wrongPlaces: ReadonlySet<string> = new Set([
  "EACCES",
  "EEXIST",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOENT",
  "ENOTDIR",
  "EPERM",
  "EROFS",
]);

function say(line: string, code: number): number {
  process.stderr.write(`stria: ${line}\n`);
  return code;
}
