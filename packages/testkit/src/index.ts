/** The storage contract suite, the simulated disk and the crash explorer. */
export {};
