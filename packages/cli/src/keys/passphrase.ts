/** Passphrases come in environment variables, which are named on the command line; they are never on it themselves. */
import { UsageError } from "../exit-code.ts";

/** The passphrase in the variable. */
export function passphraseFrom(variable: string): string {
  const value = process.env[variable];
  if (value === undefined) throw new UsageError(`there is no environment variable ${variable}`);
  if (value === "") throw new UsageError(`environment variable ${variable} is empty`);
  return value;
}
