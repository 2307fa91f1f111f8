/** Contract: what a storage says of itself agrees with what it has. */
import { expect, expectEqual } from "./expect.ts";
import { segmentName, type Declare } from "./subject.ts";

/** Declares the tests of `name` and `capabilities`. */
export function capabilitiesContract(declare: Declare): void {
  declare("capabilities: the storage has a name for people", async ({ storage }) => {
    expect(
      typeof storage.name === "string" && storage.name.length > 0,
      "name must be a non-empty string",
    );
  });

  declare(
    "capabilities: every flag is a boolean and a size limit is a positive integer",
    async ({ storage }) => {
      const { capabilities } = storage;
      expectEqual(typeof capabilities.powerLossDurable, "boolean", "typeof powerLossDurable");
      expectEqual(typeof capabilities.synchronous, "boolean", "typeof synchronous");
      expectEqual(typeof capabilities.preallocate, "boolean", "typeof preallocate");
      const { maxFileBytes } = capabilities;
      if (maxFileBytes === undefined) return;
      expect(
        Number.isSafeInteger(maxFileBytes) && maxFileBytes > 0,
        `maxFileBytes must be a positive integer, found ${maxFileBytes}`,
      );
    },
  );

  declare(
    "capabilities: blocking verbs are there if and only if they are claimed",
    async ({ storage }) => {
      const claimed = storage.capabilities.synchronous;
      expectEqual(storage.blocking !== undefined, claimed, "storage has blocking verbs");
      const file = await storage.create(segmentName(1));
      expectEqual(file.blocking !== undefined, claimed, "a created file has blocking verbs");
      await file.close();
    },
  );
}
