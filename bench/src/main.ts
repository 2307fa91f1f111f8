/** The command: reads what is wanted and hands over. */
import { readCommandLine, usage } from "./command-line.ts";
import { damage } from "./damage/damage.ts";
import { measure } from "./measure.ts";
import { profile } from "./profile/profile.ts";

const line = readLine();
if (line !== undefined) {
  switch (line.mode) {
    case "measure":
      await measure(line);
      break;
    case "damage":
      await damage(line);
      break;
    case "profile":
      await profile(line.profile ?? "");
      break;
  }
}

function readLine(): ReturnType<typeof readCommandLine> | undefined {
  try {
    return readCommandLine(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}
