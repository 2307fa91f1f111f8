/** Counts the tasks that kept the page from answering for more than 50 ms, by the browser's own observer. */

const PROOF_MS = 80;

export class LongTasks {
  #count = 0;
  #longestMs = 0;
  readonly #observer = new PerformanceObserver((list) => this.#take(list.getEntries()));

  /** Starts counting, after it has shown that a long task is seen. */
  static async start(): Promise<LongTasks> {
    const tasks = new LongTasks();
    tasks.#observer.observe({ type: "longtask" });
    await nextTurn();
    const until = performance.now() + PROOF_MS;
    while (performance.now() < until);
    for (let turn = 0; tasks.#count === 0; turn++) {
      if (turn === 100) throw new Error("this browser does not report long tasks");
      await nextTurn();
    }
    tasks.#count = 0;
    tasks.#longestMs = 0;
    return tasks;
  }

  /** The figures, after the last task has been reported. */
  async stop(): Promise<Record<string, number>> {
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    this.#take(this.#observer.takeRecords());
    this.#observer.disconnect();
    return { longTasks: this.#count, longestTaskMs: this.#longestMs };
  }

  #take(entries: readonly PerformanceEntry[]): void {
    for (const { duration } of entries) {
      this.#count++;
      this.#longestMs = Math.max(this.#longestMs, duration);
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
