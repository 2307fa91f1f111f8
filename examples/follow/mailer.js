/** Sends a mail for every order, at least once: its place is written down after the mail is out. */
import { readFile, writeFile } from "node:fs/promises";
import { Wal, isWalError } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";

const directory = new URL(process.argv[2]);
const placeFile = new URL("mailer-place.txt", directory);

let stopAt = Infinity;
const stop = new AbortController();
let place = await readPlace();
process.on("message", (message) => {
  stopAt = message.stopAt;
  if (place >= stopAt) stop.abort();
});

// Shows what is vouched for on disk; the writer needs to know nothing of it.
const reader = await Wal.openReader({ storage: nodeStorage(new URL("log/", directory)) });
try {
  await follow();
} catch (error) {
  if (!isWalError(error, "WAL_ABORTED")) throw error;
} finally {
  await reader.close();
}
process.disconnect();

async function follow() {
  while (place < stopAt) {
    try {
      const { signal } = stop;
      for await (const { lsn, payload } of reader.read({ from: place + 1, follow: true, signal })) {
        console.log(`mail for order ${lsn}: ${new TextDecoder().decode(payload)}`);
        place = lsn;
        await writeFile(placeFile, String(place));
        if (place >= stopAt) return;
      }
    } catch (error) {
      // Away for so long that the log has dropped what comes next: say so, and go on where it goes on.
      if (!isWalError(error, "WAL_GAP")) throw error;
      console.log(`orders ${place + 1} to ${error.details.resumeLsn - 1} are gone`);
      place = error.details.resumeLsn - 1;
    }
  }
}

async function readPlace() {
  try {
    return Number(await readFile(placeFile, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return 0;
    throw error;
  }
}
