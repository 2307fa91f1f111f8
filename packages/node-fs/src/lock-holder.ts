/**
 * The note in the lock file that says who holds the lock: for people and error messages only.
 * The lock itself is the kernel's; a note that is missing, old or unreadable decides nothing.
 */
import { readFile, writeFile } from "node:fs/promises";
import { runtime } from "./platform.ts";

/** Says in the lock file that this process holds it. Informative: a full disk must not undo the lock. */
export async function writeHolder(path: string): Promise<void> {
  const note = { pid: process.pid, runtime, version: process.versions[runtime] };
  await ignoringErrors(writeFile(path, `${JSON.stringify(note)}\n`));
}

/** Takes the note away again, so that the next contender does not blame the wrong process. */
export async function clearHolder(path: string): Promise<void> {
  await ignoringErrors(writeFile(path, ""));
}

/** Who holds the lock, e.g. `pid 4711, deno 2.9.6`; undefined if the note does not say. */
export async function readHolder(path: string): Promise<string | undefined> {
  try {
    return holderOf(JSON.parse(await readFile(path, "utf8")));
  } catch {
    // SyntaxError: the holder is just writing it. EBUSY, EACCES: Windows, or another user's file.
    return undefined;
  }
}

function holderOf(note: unknown): string | undefined {
  if (typeof note !== "object" || note === null) return undefined;
  const { pid, runtime: name, version } = note as Record<string, unknown>;
  if (typeof pid !== "number" || typeof name !== "string") return undefined;
  return `pid ${pid}, ${name} ${typeof version === "string" ? version : ""}`.trimEnd();
}

async function ignoringErrors(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch {
    // ENOSPC, EBUSY (Windows holds the file exclusively): the lock is the descriptor, not the note.
  }
}
