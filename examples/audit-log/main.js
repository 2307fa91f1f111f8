/**
 * node main.js record <who> <what …>    node main.js list    node main.js verify
 * Without a command: attacks copies of a log made for that, and shows what is noticed.
 * AUDIT_DIR says where; `data/` next to this file otherwise.
 */
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateKey } from "@stria/encryption";
import { AuditLog, unlock, verify } from "./audit-log.js";

const home = process.env.AUDIT_DIR ?? fileURLToPath(new URL("data/", import.meta.url));
const [command, who, ...words] = process.argv.slice(2);

if (command === "record" && words.length > 0) {
  const log = await AuditLog.open(await logIn(home));
  console.log(`entry ${await log.record(who, words.join(" "))} is on disk`);
  await log.close();
} else if (command === "list") {
  const log = await AuditLog.open(await logIn(home));
  for await (const { lsn, time, who: by, what } of log.entries()) {
    console.log(`${lsn}  ${time.toISOString()}  ${by}: ${what}`);
  }
  await log.close();
} else if (command === "verify") {
  console.log(`${await verify(await logIn(home))} entries, each as it was written`);
} else if (command === undefined) await attacks();
else {
  console.error("usage: main.js [record <who> <what> | list | verify]");
  process.exitCode = 2;
}

async function logIn(place) {
  await mkdir(place, { recursive: true });
  return {
    directory: join(place, "log"),
    keys: await unlock(join(place, "key")),
    headFile: join(place, "head.json"),
  };
}

async function attacks() {
  const place = await mkdtemp(join(tmpdir(), "audit-"));
  try {
    const victim = await logIn(place);
    const log = await AuditLog.open(victim);
    await log.record("ada", "gave bob access to the payroll");
    await log.close();
    await cp(victim.directory, join(place, "old"), { recursive: true });

    const later = await AuditLog.open(victim);
    await later.record("bob", "raised his own salary");
    await later.close();
    await cp(victim.directory, join(place, "changed"), { recursive: true });
    await changeByte(join(place, "changed"));

    await report("untouched", () => verify(victim));
    await report("one byte changed", () =>
      verify({ ...victim, directory: join(place, "changed") }),
    );
    await report("an old copy put back", () =>
      verify({ ...victim, directory: join(place, "old") }),
    );
    await report("another key", () => verify({ ...victim, keys: [generateKey()] }));
  } finally {
    await rm(place, { recursive: true });
  }
}

async function report(attack, look) {
  try {
    console.log(`${attack}: ${await look()} entries, all sound`);
  } catch (error) {
    console.log(`${attack}: ${error.code ?? "damaged"}: ${error.message}`);
  }
}

/** In the first record of the first segment: behind the headers of segment and frame. */
async function changeByte(directory) {
  const [segment] = (await readdir(directory)).filter((name) => name.endsWith(".wal")).toSorted();
  const bytes = await readFile(join(directory, segment));
  bytes[8192 + 100] ^= 1;
  await writeFile(join(directory, segment), bytes);
}
