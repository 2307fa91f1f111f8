/**
 * The `stria` command: parses the arguments and hands over to the command's own file.
 */
import { readFileSync } from "node:fs";
import { Command } from "commander";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
  description: string;
};

await new Command("stria")
  .description(manifest.description)
  .version(manifest.version)
  .showHelpAfterError()
  .parseAsync();
