/**
 * For authors of storages and programs: contract suites, simulated disk, crash explorer.
 *
 * @module @stria/testkit
 */
export * from "@stria/testkit";
