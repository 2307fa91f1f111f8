/** `stria verify`: is the log sound? Reads every byte of it, without a lock. */
import { type LogFinding, type LogVerification, verifyLog } from "@stria/core/inspect";
import type { Command } from "commander";
import { Failed } from "../exit-code.ts";
import { addKeyOptions, cipherOptions, type KeyOptions } from "../keys/key-options.ts";
import { existingLog } from "../log-directory.ts";
import { output, outputDocument } from "../output/output.ts";
import { ProgressLine } from "../output/progress-line.ts";
import { counted, lsns, size, style } from "../output/text.ts";

interface VerifyCommandOptions extends KeyOptions {
  readonly progress?: boolean;
  readonly json?: boolean;
}

export function addVerify(program: Command): void {
  const command = program
    .command("verify")
    .description("read the whole log; exit code 0 = sound (a torn tail is), 1 = damaged")
    .argument("<dir>", "directory of the log")
    .option("--progress", "tell on stderr how far it is")
    .option("--json", "one JSON document")
    .action(verify);
  addKeyOptions(command);
}

async function verify(directory: string, options: VerifyCommandOptions): Promise<void> {
  const storage = await existingLog(directory);
  const cipher = await cipherOptions(options);
  let done = 0;
  let total = 0;
  const progress = new ProgressLine(
    options.progress === true,
    () => `${size(done)} of ${size(total)} read`,
  );
  let result: LogVerification;
  try {
    result = await verifyLog(storage, {
      ...cipher,
      onProgress: ({ bytes, totalBytes }) => {
        done = bytes;
        total = totalBytes;
      },
    });
  } finally {
    progress.stop();
  }
  if (options.json === true) await outputDocument(result);
  else await output(verificationText(result));
  if (result.sound) return;
  const damage = result.findings.filter(({ severity }) => severity === "damage");
  const tampered = damage.some(({ kind }) => kind === "tampered");
  const places = counted(damage.length, "damaged place");
  process.stderr.write(
    `stria: ${tampered ? "WAL_TAMPERED" : "WAL_CORRUPT"}: ${places} in ${directory}\n`,
  );
  throw new Failed();
}

/** The verdict first, then the places. */
function verificationText(result: LogVerification): string {
  const verdict = result.sound ? style("green", "sound") : style("red", "damaged");
  const { records, firstLsn, lastLsn, segments, frames, bytes } = result;
  const held =
    records === 0 ? "no records" : `${counted(records, "record")}, ${lsns(firstLsn, lastLsn)}`;
  const read = `${counted(segments, "segment")}, ${counted(frames, "frame")}, ${size(bytes)} read`;
  const blind = result.readable ? "" : "; encrypted, contents not looked at without the key";
  return `${verdict}: ${held}; ${read}${blind}\n${findingLines(result.findings)}`;
}

/** One line a finding: what, where, why. */
export function findingLines(findings: readonly LogFinding[]): string {
  return findings
    .map(({ severity, segment, offset, message }) => {
      const what = severity === "damage" ? style("red", "damage") : style("yellow", "note  ");
      const place = offset === undefined ? segment : `${segment} offset ${offset}`;
      return `${what}  ${place}: ${message}\n`;
    })
    .join("");
}
