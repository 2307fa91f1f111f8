/** Parts of the package that are loaded when they are needed, and what it means that one cannot be. */
import { unsupported } from "./platform.ts";

/** What the `import()` gives; rejects with `WAL_UNSUPPORTED` where a file is missing or the network is. */
export async function part<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (cause) {
    throw unsupported(
      `a part cannot be loaded, serve all files of the bundle from one folder: ${String(cause)}`,
      cause,
    );
  }
}
