/** `stria keygen`: a new root key in a new file that only its owner may read. */
import { createEnvelope, generateKey, keyIdOf, openEnvelope } from "@stria/encryption";
import type { Command } from "commander";
import { createKeyFile } from "../keys/key-file.ts";
import { passphraseFrom } from "../keys/passphrase.ts";
import { output, outputDocument } from "../output/output.ts";

interface KeygenOptions {
  readonly passphraseEnv?: string;
  readonly json?: boolean;
}

export function addKeygen(program: Command): void {
  program
    .command("keygen")
    .description("make a key file for encrypted logs; without it such a log is gone: back it up")
    .argument("<file>", "the new file; one that is there is not changed")
    .option("--passphrase-env <name>", "seal the key under the passphrase in this variable")
    .option("--json", "one JSON document")
    .action(keygen);
}

async function keygen(path: string, options: KeygenOptions): Promise<void> {
  const { passphraseEnv } = options;
  const key = generateKey();
  const sealed = passphraseEnv !== undefined;
  try {
    if (sealed) {
      const passphrase = passphraseFrom(passphraseEnv);
      const file = await createEnvelope({ passphrase, keys: [key] });
      // A file that does not open again must not be the only one.
      for (const found of await openEnvelope(file, passphrase)) found.destroy();
      await createKeyFile(path, file);
    } else {
      await createKeyFile(path, key);
    }
    const keyId = Buffer.from(keyIdOf(key)).toString("hex");
    if (options.json === true) await outputDocument({ file: path, keyId, passphrase: sealed });
    else await output(`key ${keyId} in ${path}${sealed ? ", under a passphrase" : ""}\n`);
  } finally {
    key.fill(0);
  }
}
