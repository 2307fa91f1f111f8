/** Says how far a long run is: one line, redrawn on a terminal; elsewhere one line every tenth of the way. */

export class Progress {
  #title;
  #total;
  #tenths = 0;
  #started = performance.now();

  /**
   * @param {string} title
   * @param {number} total
   */
  constructor(title, total) {
    this.#title = title;
    this.#total = total;
  }

  /**
   * @param {number} done
   * @param {string} detail
   */
  at(done, detail) {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(0);
    const line = `${this.#title}: ${done} of ${this.#total}, ${detail}, ${seconds} s`;
    const tenths = Math.floor((10 * done) / this.#total);
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\u001B[K${line}${done === this.#total ? "\n" : ""}`);
    } else if (tenths > this.#tenths) {
      process.stderr.write(`${line}\n`);
    }
    this.#tenths = tenths;
  }
}
