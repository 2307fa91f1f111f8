/** One line on stderr that says how far it is: rewritten on a terminal, repeated elsewhere. */

const TERMINAL_MS = 200;
const PLAIN_MS = 2000;

export class ProgressLine {
  readonly #text: () => string;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(wanted: boolean, text: () => string) {
    this.#text = text;
    if (wanted) {
      const every = process.stderr.isTTY ? TERMINAL_MS : PLAIN_MS;
      this.#timer = setInterval(() => this.#show(), every).unref();
    }
  }

  /** Says it once more, and then no more. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#show();
    if (process.stderr.isTTY) process.stderr.write("\n");
  }

  #show(): void {
    const { stderr } = process;
    // Back to the start of the line, and clear what is left of the last one.
    stderr.write(stderr.isTTY ? `\r${this.#text()}\u001B[K` : `${this.#text()}\n`);
  }
}
