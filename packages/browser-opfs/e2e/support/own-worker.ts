/** A worker of an application's own: the way a cipher object gets to the log. */
import { encryption } from "@stria/encryption";
import { hostWal } from "../../src/index.ts";

hostWal({ cipher: encryption({ keys: [new Uint8Array(32).fill(5)] }) });
