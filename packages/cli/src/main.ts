/** The `stria` command: which commands there are, and what the process exits with. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addAppend } from "./commands/append.ts";
import { addBench } from "./commands/bench.ts";
import { addCat } from "./commands/cat.ts";
import { addInspect } from "./commands/inspect.ts";
import { addKeygen } from "./commands/keygen.ts";
import { addPassphrase } from "./commands/passphrase.ts";
import { addRekey } from "./commands/rekey.ts";
import { addSalvage } from "./commands/salvage.ts";
import { addStats } from "./commands/stats.ts";
import { addTail } from "./commands/tail.ts";
import { addVerify } from "./commands/verify.ts";
import { exitCodeOf } from "./exit-code.ts";
import { output } from "./output/output.ts";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
  description: string;
};

/** What the parser has to say itself: help, version. */
let help = Promise.resolve();

const program = new Command("stria")
  .description(manifest.description)
  .version(manifest.version)
  .exitOverride()
  // A mistake is told in one line, whatever the parser would like to add.
  .configureOutput({
    writeOut: (text) => {
      help = help.then(async () => await output(text));
    },
    outputError: (text, write) => {
      write(
        `stria: ${text
          .replace(/^error: /u, "")
          .trim()
          .replaceAll("\n", " ")}\n`,
      );
    },
  })
  .addHelpText(
    "after",
    "\nExit codes: 0 done, 1 the log or the disk has a problem, 2 the command was wrong.",
  );

addAppend(program);
addCat(program);
addTail(program);
addInspect(program);
addVerify(program);
addSalvage(program);
addStats(program);
addBench(program);
addKeygen(program);
addPassphrase(program);
addRekey(program);

// Whoever reads stderr may be gone, or its disk full: the exit code says the same all the same.
process.stderr.on("error", () => undefined);

try {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // The parser has written its own message.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
  await help;
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
