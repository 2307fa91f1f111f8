/** Some commands, what they led to, and the balances now and back then. */
import { pathToFileURL } from "node:url";
import * as accounts from "./accounts.js";
import { EventStore } from "./event-store.js";

const directory = process.argv[2]
  ? pathToFileURL(process.argv[2])
  : new URL("data/", import.meta.url);
const store = await EventStore.open(directory, accounts);
const before = store.lsn;
console.log(before === 0 ? "a new bank" : `${before} events from earlier runs`);

await attempt({ do: "open", account: "ada" });
await attempt({ do: "open", account: "bob" });
await attempt({ do: "deposit", account: "ada", cents: 100 });
// At the same time: the second one sees what the first has done.
await Promise.all([
  attempt({ do: "transfer", from: "ada", to: "bob", cents: 80 }),
  attempt({ do: "transfer", from: "ada", to: "bob", cents: 1_000_000 }),
]);

print("now", store.state);
print(`after event ${before + 1}`, await store.stateAt(before + 1));
await store.close();

async function attempt(command) {
  try {
    const events = await store.execute(command);
    console.log(`${command.do}: ${events.map((event) => JSON.stringify(event)).join(", ")}`);
  } catch (error) {
    console.log(`${command.do} refused: ${error.message}`);
  }
}

function print(when, { balances }) {
  console.log(`${when}: ${[...balances].map(([name, cents]) => `${name} ${cents}`).join(", ")}`);
}
