/** One task at a time, in the order they came. */

export class TaskQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything added before it; a task that fails stops nobody but its caller. */
  add<T>(work: () => Promise<T>): Promise<T> {
    const task = this.#last.then(work);
    // The queue goes on after a failed task; the caller gets the error.
    this.#last = task.then(ended, ended);
    return task;
  }

  /** Resolves when nothing is in flight any more, whatever became of it. */
  async settled(): Promise<void> {
    await this.#last;
  }
}

function ended(): void {
  // What became of the task is for its caller.
}
