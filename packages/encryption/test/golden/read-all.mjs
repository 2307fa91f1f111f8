// Describes every golden log below the folder that is named, through what was built, as one JSON document.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Buffer } from "node:buffer";
import process from "node:process";
import * as core from "@stria/core";
import { encryption, keyIdOf } from "../../dist/index.js";
import { describeLog } from "./describe-log.mjs";

const home = process.argv[2];
const found = {};
for (const entry of readdirSync(home, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const folder = join(home, entry.name);
  const { keys, files, allowPlaintext } = JSON.parse(
    readFileSync(join(folder, "expected.json"), "utf8"),
  );
  const bytes = files.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]);
  found[entry.name] = await describeLog({ core, encryption, keyIdOf }, new Map(bytes), {
    keys: keys.map((key) => new Uint8Array(Buffer.from(key, "hex"))),
    allowPlaintext,
  });
}
process.stdout.write(
  JSON.stringify(
    Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  ),
);
