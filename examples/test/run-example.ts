/** Starts an example as a newcomer does, in a process of its own, and hears what it says, line by line. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const examples = fileURLToPath(new URL("..", import.meta.url));

/** How an example is started: the program, and what stands before the arguments. */
export interface Start {
  readonly command?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A directory of its own, removed when the test is over. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "stria-example-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}

/** A program of tools/runtimes, or why it cannot be used; with STRIA_RUNTIMES=1 that is an error. */
export function otherRuntime(path: string): { command: string; missing: string | undefined } {
  const command = join(examples, "..", "tools", "runtimes", "node_modules", path);
  if (existsSync(command)) return { command, missing: undefined };
  const missing = `not installed: ${path} (node tools/runtimes/install.mjs)`;
  if (process.env["STRIA_RUNTIMES"] === "1") throw new Error(missing);
  return { command, missing };
}

/** A running example. */
export class Example {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  /** Exit code or signal. */
  readonly ended: Promise<number | string>;
  #rest = "";
  #read = 0;
  #wake: (() => void) | undefined;
  #isOver = false;

  /** Its working directory is its own folder, as its README has it. */
  constructor(name: string, { command = process.execPath, args, env = {} }: Start) {
    this.child = spawn(command, args, {
      cwd: join(examples, name),
      env: { ...process.env, ...env },
      stdio: "pipe",
    });
    onTestFinished(() => {
      this.child.kill("SIGKILL");
    });
    // A killed example reads no more.
    this.child.stdin?.on("error", () => undefined);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8");
      stream?.on("data", (text: string) => this.#hear(text));
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => {
        this.#isOver = true;
        this.#wake?.();
        resolve(code ?? signal ?? "");
      });
    });
  }

  /** The next line it says; rejects when it ends without one. */
  async line(): Promise<string> {
    while (this.#read >= this.lines.length) {
      if (this.#isOver) throw new Error(`it ended, having said: ${this.lines.join("\n")}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.lines[this.#read++] ?? "";
  }

  /** One line to it, one line from it. */
  async ask(line: string): Promise<string> {
    this.child.stdin?.write(`${line}\n`);
    return await this.line();
  }

  #hear(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    this.lines.push(...lines);
    this.#wake?.();
  }
}

/** Runs an example to its end: what it said and its exit code. */
export async function run(
  name: string,
  start: Start,
): Promise<{ code: number | string; lines: string[] }> {
  const example = new Example(name, start);
  example.child.stdin?.end();
  return { code: await example.ended, lines: example.lines };
}
