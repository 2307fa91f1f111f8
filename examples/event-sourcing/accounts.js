/**
 * Accounts by event sourcing: what happened is the truth, balances are what follows from it.
 * `decide` says what may happen, `evolve` what follows; both are plain functions, and know no log.
 */

/** The state before anything has happened. */
export const nothing = () => ({ balances: new Map() });

/** What follows from an event. Never refuses: it has happened. */
export function evolve(state, event) {
  const { balances } = state;
  const add = (account, cents) => balances.set(account, (balances.get(account) ?? 0) + cents);
  if (event.type === "opened") add(event.account, 0);
  else if (event.type === "deposited") add(event.account, event.cents);
  else if (event.type === "transferred") {
    add(event.from, -event.cents);
    add(event.to, event.cents);
  }
}

/** The events a command leads to, or an error that says why not. */
export function decide({ balances }, command) {
  const mustExist = (account) => {
    if (!balances.has(account)) throw new Error(`there is no account ${account}`);
  };
  switch (command.do) {
    case "open":
      if (balances.has(command.account)) throw new Error(`${command.account} is open already`);
      return [{ type: "opened", account: command.account }];
    case "deposit":
      mustExist(command.account);
      return [{ type: "deposited", account: command.account, cents: command.cents }];
    case "transfer":
      mustExist(command.from);
      mustExist(command.to);
      if (balances.get(command.from) < command.cents)
        throw new Error(`${command.from} has too little`);
      return [{ type: "transferred", from: command.from, to: command.to, cents: command.cents }];
    default:
      throw new Error(`unknown command ${command.do}`);
  }
}
