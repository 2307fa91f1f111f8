/** What the command was asked to do. */
import { parseArgs } from "node:util";

export interface CommandLine {
  readonly mode: "measure" | "damage" | "profile";
  readonly full: boolean;
  /** The browser's rows: they alone, or with `full` after all others. */
  readonly browser: boolean;
  /** Where the results go as JSON besides the screen. */
  readonly json: string | undefined;
  /** Which hot path is profiled. */
  readonly profile: string | undefined;
  /** Only rows whose name contains this. */
  readonly only: string | undefined;
  readonly rounds: number | undefined;
  /** Makes README table and charts from the JSON written last. */
  readonly publish: boolean;
}

export const usage = `pnpm run bench [--quick | --full | --browser] [--only TEXT] [--rounds N] [--json FILE] [--publish]
pnpm run bench --damage [--only TEXT] [--json FILE] [--publish]
pnpm run bench --profile NAME`;

/** @throws TypeError for an option there is not. */
export function readCommandLine(words: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: words.filter((word) => word !== "--"),
    options: {
      quick: { type: "boolean" },
      full: { type: "boolean" },
      browser: { type: "boolean" },
      damage: { type: "boolean" },
      profile: { type: "string" },
      json: { type: "string" },
      only: { type: "string" },
      rounds: { type: "string" },
      publish: { type: "boolean" },
    },
  });
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new TypeError(`--rounds must be a whole number above 0, not ${values.rounds}`);
  }
  if (values.publish === true && values.only !== undefined) {
    throw new TypeError("--publish replaces whole tables: it does not go with --only");
  }
  return {
    mode:
      values.profile === undefined ? (values.damage === true ? "damage" : "measure") : "profile",
    full: values.full === true,
    browser: values.browser === true,
    json: values.json,
    profile: values.profile,
    only: values.only,
    rounds,
    publish: values.publish === true,
  };
}
