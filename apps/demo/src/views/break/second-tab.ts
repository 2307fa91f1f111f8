/** The other tab: this page again, told by its address to try one log and to say how that went. */
import { Client, toFailure } from "../../worker/client.ts";
import type { Failure } from "../../worker/protocol.ts";

const channelName = "stria-demo-second-tab";
const patienceMs = 20_000;

/** What the second tab reports. */
type Report = { readonly opened: true } | { readonly failure: Failure };

/** Opens a second tab on `log`; resolves to its refusal. */
export async function askSecondTab(log: string): Promise<Failure> {
  const channel = new BroadcastChannel(channelName);
  try {
    const told = new Promise<Report>((resolve) => {
      channel.addEventListener("message", ({ data }) => resolve(data as Report), { once: true });
    });
    const address = new URL(`?second-tab=${log}#break`, location.href);
    if (globalThis.open(address, "_blank") === null) {
      throw new Error("the browser keeps this page from opening a tab: allow pop-ups for it");
    }
    const late = new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(new Error("the second tab did not answer")), patienceMs);
    });
    const report = await Promise.race([told, late]);
    if ("failure" in report) return report.failure;
    throw new Error("the second tab got the log, too");
  } finally {
    channel.close();
  }
}

/** The log this tab was opened to try, if it is such a tab. */
export function logToTry(): string | undefined {
  return new URLSearchParams(location.search).get("second-tab") ?? undefined;
}

/** Tries it, tells the first tab, and returns what there is to show. */
export async function tryAsSecondTab(log: string): Promise<Failure | undefined> {
  const channel = new BroadcastChannel(channelName);
  const client = new Client("log");
  try {
    await client.call("open", { name: log });
    await client.call("close");
    channel.postMessage({ opened: true } satisfies Report);
    return undefined;
  } catch (error) {
    const failure = toFailure(error);
    channel.postMessage({ failure } satisfies Report);
    return failure;
  } finally {
    client.kill();
    channel.close();
  }
}
