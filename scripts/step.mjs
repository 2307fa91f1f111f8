/**
 * Runs one tool quietly: a line that says what is going on, and the tool's output only if it fails.
 * On a terminal the line shows the seconds that have passed and the last thing the tool said.
 */
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

/**
 * Runs `command` and resolves when it ends well; otherwise prints all it said and rejects.
 * @param {string} title what is being done, for people
 * @param {string[]} command program and arguments
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<void>}
 */
export async function runStep(title, command, { cwd, env }) {
  const [program = "", ...args] = command;
  const line = new StatusLine(title);
  /** @type {Buffer[]} */
  const output = [];
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32", // npx and pnpm are .cmd files there
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (/** @type {Buffer} */ chunk) => {
      output.push(chunk);
      line.said(chunk.toString("utf8"));
    });
  }
  /** @type {{ code: number | null, signal: NodeJS.Signals | null }} */
  const end = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  }).finally(() => line.stop());
  if (end.code === 0) {
    line.print("done");
    return;
  }
  line.print("failed");
  process.stderr.write(Buffer.concat(output));
  throw new StepError(`${title}: \`${command.join(" ")}\` ended with ${end.signal ?? end.code}`);
}

/** A tool failed; its output has been shown already, so the message is all there is left to print. */
export class StepError extends Error {
  /** @override */
  name = "StepError";
}

/** One line on stderr, redrawn on a terminal, printed once at the end elsewhere. */
class StatusLine {
  #title;
  #started = performance.now();
  #last = "";
  #timer;

  /** @param {string} title */
  constructor(title) {
    this.#title = title;
    if (process.stderr.isTTY) this.#timer = setInterval(() => this.#draw(), 200);
  }

  /** @param {string} text what the tool printed */
  said(text) {
    const words = stripVTControlCharacters(text).trim().split(/\r?\n/u).at(-1) ?? "";
    if (words !== "") this.#last = words;
  }

  stop() {
    clearInterval(this.#timer);
    if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");
  }

  /** @param {string} outcome */
  print(outcome) {
    process.stderr.write(`${this.#title} … ${outcome} (${this.#seconds()} s)\n`);
  }

  #draw() {
    const width = (process.stderr.columns ?? 80) - 1;
    const text = `${this.#title} … ${this.#seconds()} s  ${this.#last}`;
    process.stderr.write(`\r\u001B[K${text.slice(0, width)}`);
  }

  #seconds() {
    return ((performance.now() - this.#started) / 1000).toFixed(1);
  }
}
