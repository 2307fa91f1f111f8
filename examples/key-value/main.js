/** The store at a prompt. Kill it whenever you like: what it has answered with "ok" is there next time. */
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";
import { Store } from "./store.js";

const directory = process.argv[2] ?? fileURLToPath(new URL("data/", import.meta.url));
const store = await Store.open(directory);
console.log(
  `${store.size} keys. set <key> <value>, get <key>, delete <key>, list, snapshot; Ctrl-D ends`,
);

const commands = {
  async set([key, ...words]) {
    await store.set(key, words.join(" "));
    return "ok";
  },
  async delete([key]) {
    await store.delete(key);
    return "ok";
  },
  async snapshot() {
    await store.snapshot();
    return "ok";
  },
  get: ([key]) => store.get(key) ?? "(none)",
  list: () =>
    [...store.entries()].map(([key, value]) => `${key} = ${value}`).join("\n") || "(none)",
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...words] = line.trim().split(/\s+/u);
  if (name === "") continue;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const needsKey = name === "set" || name === "get" || name === "delete";
  if (command === undefined || (needsKey && words.length === 0)) console.log(`what is "${line}"?`);
  else console.log(await command(words));
}
await store.close();
