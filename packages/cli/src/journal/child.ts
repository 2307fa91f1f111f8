/** The child process: runs a journal and passes on what it tells. It does not know when it will be killed. */
import { exitCodeOf } from "../exit-code.ts";
import { Journal } from "./journal.ts";
import type { ChildMessage, ChildTask, ParentMessage } from "./messages.ts";

// A terminal sends its interrupt to both; the parent decides what becomes of the child.
process.on("SIGINT", () => undefined);

try {
  const task = JSON.parse(process.argv[2] ?? "") as ChildTask;
  const journal = await Journal.open(task, tell);
  const closing = closeMessage();
  await journal.run();
  await closing;
  await journal.close();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
process.disconnect();

function tell(message: ChildMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) {
      reject(new Error("the journal's child has no channel to a parent"));
      return;
    }
    process.send(message, undefined, undefined, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** Resolves when the parent has said so, or is gone. */
function closeMessage(): Promise<void> {
  return new Promise((resolve) => {
    process.once("disconnect", resolve);
    process.on("message", (message: ParentMessage) => {
      if (message.kind === "close") resolve();
    });
  });
}
