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

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
  description: string;
};

const program = new Command("stria")
  .description(manifest.description)
  .version(manifest.version)
  .exitOverride()
  // A mistake is told in one line, whatever the parser would like to add.
  .configureOutput({
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

try {
  await program.parseAsync();
} catch (error) {
  // The parser has written its own message.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else process.exitCode = exitCodeOf(error);
}
