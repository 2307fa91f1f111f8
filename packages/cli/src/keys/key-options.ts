/** The options that give a command its keys, and the cipher made of them: one place for all commands. */
import { type Encryption, type KeyInput, type SuiteName, encryption } from "@stria/encryption";
import { type Command, Option } from "commander";
import { UsageError } from "../exit-code.ts";
import { readKeys } from "./key-file.ts";

/** What {@link addKeyOptions} parses. */
export interface KeyOptions {
  readonly keyFile?: readonly string[];
  readonly passphraseEnv?: string;
  readonly allowPlaintext?: boolean;
  /** Only for commands that write; {@link addSuiteOption}. */
  readonly suite?: SuiteName;
}

/** Adds `--key-file`, `--passphrase-env` and `--allow-plaintext`. */
export function addKeyOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--key-file <file>", "key of an encrypted log; again for older keys").argParser(
        collect,
      ),
    )
    .option("--passphrase-env <name>", "environment variable with the passphrase of the key files")
    .option("--allow-plaintext", "with a key: read the plaintext a log began with, too");
}

/** Adds `--suite`, the cipher of new segments. */
export function addSuiteOption(command: Command): Command {
  return command.addOption(
    new Option("--suite <name>", "cipher of new segments; chacha20-poly1305 if not given").choices([
      "chacha20-poly1305",
      "aes-256-gcm",
    ]),
  );
}

/** `{ cipher }` for the log's options; `{}` where no key was given, which is a plaintext log. */
export async function cipherOptions(options: KeyOptions): Promise<{ cipher?: Encryption }> {
  const { keyFile = [], passphraseEnv, allowPlaintext, suite } = options;
  if (keyFile.length === 0) {
    const given = [
      passphraseEnv === undefined ? [] : "--passphrase-env",
      allowPlaintext === true ? "--allow-plaintext" : [],
      suite === undefined ? [] : "--suite",
    ].flat();
    if (given.length > 0) throw new UsageError(`${given.join(", ")} needs --key-file`);
    return {};
  }
  const keys = await allKeys(keyFile, passphraseEnv);
  return {
    cipher: encryption({
      keys,
      allowPlaintext: allowPlaintext ?? false,
      ...(suite === undefined ? {} : { suite }),
    }),
  };
}

/** The keys of all files in the order they were named; the first is the current one. */
export async function allKeys(
  files: readonly string[],
  passphraseEnv: string | undefined,
): Promise<KeyInput[]> {
  const keys: KeyInput[] = [];
  for (const file of files) keys.push(...(await readKeys(file, passphraseEnv)));
  return keys;
}

/** An option that may be given more than once. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
