/** Events in a log: one command at a time, all events of a command or none, and the state at any time. */
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";

export class EventStore {
  #wal;
  #rules;
  #state;
  #last = Promise.resolve();

  /** `rules`: `nothing()`, `decide(state, command)`, `evolve(state, event)`. */
  static async open(directory, rules) {
    const store = new EventStore();
    store.#rules = rules;
    store.#wal = await Wal.open({ storage: nodeStorage(directory) });
    store.#state = await store.stateAt(store.#wal.durableLsn);
    return store;
  }

  get state() {
    return this.#state;
  }

  get lsn() {
    return this.#wal.durableLsn;
  }

  /** Resolves to the events when they are on disk. A command sees all that commands before it did. */
  execute(command) {
    const run = this.#last.then(() => this.#execute(command));
    this.#last = run.catch(() => undefined); // whoever called learns of it; the next one may go on
    return run;
  }

  /** Time travel: what was known after the event `lsn`. */
  async stateAt(lsn) {
    const state = this.#rules.nothing();
    for await (const { event } of this.events(lsn)) this.#rules.evolve(state, event);
    return state;
  }

  async *events(to = this.lsn) {
    for await (const { lsn, timestamp, payload } of this.#wal.read({ to })) {
      yield {
        lsn,
        time: new Date(timestamp),
        event: JSON.parse(new TextDecoder().decode(payload)),
      };
    }
  }

  async close() {
    await this.#last;
    await this.#wal.close();
  }

  async #execute(command) {
    const events = this.#rules.decide(this.#state, command);
    const records = events.map((event) => new TextEncoder().encode(JSON.stringify(event)));
    await this.#wal.appendBatch(records);
    // Not before: a state must never show what a crash could undo.
    for (const event of events) this.#rules.evolve(this.#state, event);
    return events;
  }
}
