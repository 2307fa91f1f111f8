/**
 * Standard input that a signal ends early, so that what was read can still be made durable. It must
 * be something to read from; where that is a terminal, a hint says what is waited for.
 */
import { fstatSync } from "node:fs";
import { UsageError } from "../exit-code.ts";

/** The chunks, and what ended them. */
export interface Input {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Set when a signal ended the input. */
  readonly signal: "SIGINT" | "SIGTERM" | undefined;
  /** Gives the signals back their usual meaning. */
  release(): void;
}

/** To be called before anything is touched: there must be something to read from. */
export function checkStandardInput(): void {
  // A directory reads like an empty file there.
  if (fstatSync(0).isDirectory()) throw new UsageError("standard input is a directory");
  if (process.stdin.isTTY) {
    process.stderr.write("reading records from the terminal, a line each; Ctrl-D ends\n");
  }
}

/** Reads standard input; SIGINT and SIGTERM end it, a second one ends the process. */
export function standardInput(): Input {
  let signal: Input["signal"];
  const stop = (received: NodeJS.Signals): void => {
    signal = received === "SIGTERM" ? "SIGTERM" : "SIGINT";
    release();
    process.stdin.destroy();
  };
  const release = (): void => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of process.stdin) {
        yield chunk as Uint8Array;
        if (signal !== undefined) return;
      }
    } catch (error) {
      // Ending a stream early is an error to its reader (ERR_STREAM_PREMATURE_CLOSE).
      if (signal === undefined) throw error;
    }
  }
  return {
    chunks: chunks(),
    get signal() {
      return signal;
    },
    release,
  };
}
