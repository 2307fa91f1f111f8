/**
 * What the log has promised so far: which record of which life stands under which LSN, how far the
 * checkpoints may have retired it, and where an untouched log must end. Holds what a recovered log
 * shows against that.
 */

/**
 * What a recovered log shows.
 * @typedef {object} LogView
 * @property {number} firstLsn of the log
 * @property {number} lastLsn of the log
 * @property {number} checkpointLsn as recovered
 * @property {Map<number, number>} lives by LSN: the life that wrote the record
 */

/** The promises of one log. */
export class Ledger {
  /** Last LSN promised to survive. */
  promisedLsn = 0;
  /** Highest LSN a checkpoint was asked for, and the highest one that was confirmed. */
  checkpointWanted = 0;
  checkpointPromised = 0;
  /** Acknowledgements received, each for one record or more. */
  acknowledgements = 0;
  /** @type {Map<number, number>} by LSN: the life whose record was promised */
  #lives = new Map();
  /** @type {LogView | undefined} what a recovery has shown, as long as nobody wrote after it */
  #shown;

  /** The promises as they are now; later ones do not reach the copy. */
  copy() {
    const copy = new Ledger();
    copy.promisedLsn = this.promisedLsn;
    copy.acknowledgements = this.acknowledgements;
    copy.checkpointWanted = this.checkpointWanted;
    copy.checkpointPromised = this.checkpointPromised;
    copy.#lives = new Map(this.#lives);
    return copy;
  }

  /**
   * Records were acknowledged as durable.
   * @param {number} life
   * @param {number} first
   * @param {number} last
   */
  acknowledge(life, first, last) {
    this.acknowledgements += 1;
    for (let lsn = first; lsn <= last; lsn++) this.#promise(lsn, life);
  }

  /**
   * A process opened the log and saw it end here: what it was shown is a promise from now on.
   * @param {number} lastLsn
   */
  opened(lastLsn) {
    if (this.#shown !== undefined && this.#shown.lastLsn !== lastLsn) {
      throw new Error(`the log ended with LSN ${this.#shown.lastLsn}, now with ${lastLsn}`);
    }
    if (lastLsn < this.promisedLsn) throw lost(this.promisedLsn, lastLsn);
    for (const [lsn, life] of this.#shown?.lives ?? []) this.#promise(lsn, life);
    this.#shown = undefined;
  }

  /**
   * Holds a recovered log against the promises.
   * @param {LogView} view
   */
  check(view) {
    if (view.lastLsn < this.promisedLsn) throw lost(this.promisedLsn, view.lastLsn);
    if (this.#shown !== undefined && this.#shown.lastLsn !== view.lastLsn) {
      throw new Error(`recovery gave LSN ${this.#shown.lastLsn}, a second one ${view.lastLsn}`);
    }
    if (view.checkpointLsn < this.checkpointPromised) {
      throw new Error(
        `checkpoint ${this.checkpointPromised} was confirmed, it is ${view.checkpointLsn}`,
      );
    }
    for (const [lsn, life] of this.#lives) {
      if (lsn < view.firstLsn) this.#lives.delete(lsn);
      else if (view.lives.get(lsn) !== life) {
        throw new Error(`LSN ${lsn} was promised by life ${life}, not ${view.lives.get(lsn)}`);
      }
    }
  }

  /**
   * Nothing but what a checkpoint was asked for may be gone.
   * @param {LogView} view
   */
  checkRetired({ firstLsn }) {
    if (firstLsn > this.checkpointWanted + 1) {
      throw new Error(`LSN ${firstLsn} is the first, checkpointed is ${this.checkpointWanted}`);
    }
  }

  /**
   * The log was recovered and is as this view says until somebody writes to it.
   * @param {LogView} view
   */
  show(view) {
    this.#shown = view;
  }

  /**
   * @param {number} lsn
   * @param {number} life
   */
  #promise(lsn, life) {
    this.#lives.set(lsn, life);
    this.promisedLsn = Math.max(this.promisedLsn, lsn);
  }
}

/**
 * @param {number} promised
 * @param {number} found
 */
function lost(promised, found) {
  return new Error(`LSN ${promised} was promised, the log ends with ${found}`);
}
