/** The worker file this package ships: a host for `openWal` and nothing else. */
import { hostWal } from "./worker/host-wal.ts";

hostWal();
