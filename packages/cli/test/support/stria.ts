/** Runs the built command as a process, as a shell does. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const bin = fileURLToPath(new URL("../../bin/stria.js", import.meta.url));
const journalMain = fileURLToPath(new URL("../../dist/journal/main.js", import.meta.url));

/** How a process ended and what it said. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A directory of its own, removed when the test is over. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "stria-cli-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** `stria` with these arguments, started; standard input stays open. */
export function startStria(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [bin, ...args], { stdio: "pipe" });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

/** `stria` with these arguments and this input, to its end. */
export function stria(args: readonly string[], input: string | Uint8Array = ""): Promise<Outcome> {
  const child = startStria(args);
  child.stdin?.end(input);
  return ended(child);
}

/** The journal demonstration with these arguments. */
export function journal(args: readonly string[]): Promise<Outcome> {
  return ended(spawn(process.execPath, [journalMain, ...args], { stdio: "pipe" }));
}

/** Waits for the end and collects the output. */
export function ended(child: ChildProcess): Promise<Outcome> {
  const stdout: Buffer[] = [];
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout: Buffer.concat(stdout), stderr }));
  });
}

/** What a `--json` command wrote. */
export function json(outcome: Outcome): Record<string, unknown> {
  return JSON.parse(outcome.stdout.toString()) as Record<string, unknown>;
}

/** What a `--json` command wrote as JSON lines. */
export function jsonLines(outcome: Outcome): Record<string, unknown>[] {
  const lines = outcome.stdout.toString().trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** `1\n2\n…`, as `seq` writes it. */
export function seq(from: number, to: number): string {
  return `${Array.from({ length: to - from + 1 }, (_, i) => from + i).join("\n")}\n`;
}
