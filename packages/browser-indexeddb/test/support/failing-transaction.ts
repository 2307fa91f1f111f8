/** Lets the browser fail where it would flush: the next transaction of that mode aborts when it commits. */

/** The next transaction of `mode` that any connection of this page begins is aborted after its first request. */
export function failNextTransaction(mode: IDBTransactionMode): void {
  const begin = Reflect.get(IDBDatabase.prototype, "transaction");
  IDBDatabase.prototype.transaction = function failing(stores, asked, options) {
    const transaction = begin.call(this, stores, asked, options);
    if (asked !== mode) return transaction;
    IDBDatabase.prototype.transaction = begin;
    // The request of a microtask later is the adapter's first; what follows it is too late.
    queueMicrotask(() => transaction.abort());
    return transaction;
  };
}
