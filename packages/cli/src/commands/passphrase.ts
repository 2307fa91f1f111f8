/** `stria passphrase`: the same keys under a new passphrase. Rewrites the key file and no log. */
import { changePassphrase, openEnvelope } from "@stria/encryption";
import type { Command } from "commander";
import { UsageError } from "../exit-code.ts";
import { isEnvelope, readKeyFile, replaceKeyFile } from "../keys/key-file.ts";
import { passphraseFrom } from "../keys/passphrase.ts";
import { output, outputDocument } from "../output/output.ts";
import { counted } from "../output/text.ts";

interface PassphraseOptions {
  readonly passphraseEnv: string;
  readonly newPassphraseEnv: string;
  readonly json?: boolean;
}

export function addPassphrase(program: Command): void {
  program
    .command("passphrase")
    .description(
      "change the passphrase of a key file; the old file stays until the new one is safe",
    )
    .argument("<file>", "the key file")
    .requiredOption("--passphrase-env <name>", "environment variable with the passphrase")
    .requiredOption("--new-passphrase-env <name>", "environment variable with the new one")
    .option("--json", "one JSON document")
    .action(passphrase);
}

async function passphrase(path: string, options: PassphraseOptions): Promise<void> {
  const file = await readKeyFile(path);
  if (!isEnvelope(file)) throw new UsageError(`${path} has no passphrase`);
  const fresh = passphraseFrom(options.newPassphraseEnv);
  const changed = await changePassphrase(file, passphraseFrom(options.passphraseEnv), fresh);
  const keys = await openEnvelope(changed, fresh);
  await replaceKeyFile(path, changed);
  for (const key of keys) key.destroy();
  if (options.json === true) await outputDocument({ file: path, keys: keys.length });
  else await output(`${counted(keys.length, "key")} in ${path} under the new passphrase\n`);
}
