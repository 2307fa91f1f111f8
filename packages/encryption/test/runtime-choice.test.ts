/** Which implementation runs where: native only if it is there and works, else noble, same bytes. */
import { isWalError } from "@stria/core";
import * as nodeCrypto from "node:crypto";
import type * as Package from "../src/index.ts";
import { afterEach, describe, expect, test, vi } from "vitest";

const original = Object.getOwnPropertyDescriptor(process, "getBuiltinModule") ?? {};
afterEach(() => {
  Object.defineProperty(process, "getBuiltinModule", original);
});

/** The package, freshly loaded, in a runtime whose `process.getBuiltinModule` is this. */
async function inRuntime(getBuiltinModule: unknown): Promise<typeof Package> {
  vi.resetModules();
  const module = await import("../src/index.ts");
  // What there is, is found out at the first use and not while loading.
  Object.defineProperty(process, "getBuiltinModule", {
    configurable: true,
    writable: true,
    value: getBuiltinModule,
  });
  return module;
}

const keys = [new Uint8Array(32).fill(7)];
const unlike =
  (changes: object): unknown =>
  () => ({ ...nodeCrypto, ...changes });

describe("without node:crypto", () => {
  test("noble is used, and asking for native says so", async () => {
    const { encryption } = await inRuntime(undefined);
    expect(encryption({ keys }).implementation).toBe("noble");
    expect(encryption({ keys, suite: "aes-256-gcm" }).implementation).toBe("noble");
    const native = (): unknown => encryption({ keys, implementation: "native" });
    expect(native).toThrow(/no native chacha20-poly1305/);
  });

  test("a process that has getBuiltinModule but no such module is no different", async () => {
    const { encryption } = await inRuntime(() => undefined);
    expect(encryption({ keys }).implementation).toBe("noble");
  });
});

describe("with a node:crypto that does not do it", () => {
  test.each([
    [
      "does not know the cipher",
      {
        createCipheriv() {
          throw new Error("Unknown cipher");
        },
      },
    ],
    [
      "does not check tags",
      {
        createDecipheriv(...parameters: Parameters<typeof nodeCrypto.createCipheriv>) {
          const decipher = nodeCrypto.createCipheriv(...parameters);
          return Object.assign(decipher, { setAuthTag: () => decipher });
        },
      },
    ],
  ])("%s: noble is used", async (_, changes) => {
    const { encryption } = await inRuntime(unlike(changes));
    expect(encryption({ keys }).implementation).toBe("noble");
  });
});

describe("with node:crypto", () => {
  test("native is used, and reads what noble wrote", async () => {
    const { encryption } = await inRuntime(() => nodeCrypto);
    const native = encryption({ keys, suite: "aes-256-gcm" });
    const noble = encryption({ keys, suite: "aes-256-gcm", implementation: "noble" });
    expect([native.implementation, noble.implementation]).toEqual(["native", "noble"]);
    await Promise.all([native.prepare([]), noble.prepare([])]);
    const context = { logId: new Uint8Array(16), segmentId: 1 };
    const { header, cipher } = noble.createSegment(context);
    const sealed = new Uint8Array(20);
    cipher.seal(1, new Uint8Array(0), Uint8Array.of(1, 2, 3, 4), sealed);
    const opened = new Uint8Array(4);
    expect(native.openSegment(context, header).open(1, new Uint8Array(0), sealed, opened)).toBe(4);
    expect(opened).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test("a suite nobody wants natively opens with what there is", async () => {
    const { encryption } = await inRuntime(unlike({}));
    const strict = encryption({ keys, suite: "aes-256-gcm", implementation: "native" });
    await strict.prepare([]);
    const context = { logId: new Uint8Array(16), segmentId: 1 };
    const { header } = strict.createSegment(context);
    const foreign = { ...header, suite: 9 };
    let code: unknown;
    try {
      strict.openSegment(context, foreign);
    } catch (error) {
      code = isWalError(error) ? error.code : error;
    }
    expect(code).toBe("WAL_UNSUPPORTED_CIPHER");
    strict.openSegment(context, { ...header, suite: 2 }).destroy();
  });
});
