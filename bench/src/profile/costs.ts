/** Reads V8's profiles: what each function costs by itself, the dearest first. */

export interface Cost {
  readonly name: string;
  /** File and line, from the package's folder on. */
  readonly place: string;
  /** 0 to 1. */
  readonly share: number;
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}
interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}
interface HeapNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

/** From a `.cpuprofile`; waiting for the disk is not counted. */
export function cpuCosts(text: string): Cost[] {
  const { nodes, samples, timeDeltas } = JSON.parse(text) as CpuProfile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const costs = new Costs();
  for (const [at, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame !== undefined && frame.functionName !== "(idle)") {
      costs.add(frame, timeDeltas[at] ?? 0);
    }
  }
  return costs.dearest();
}

/** From a `.heapprofile`: what was allocated and still alive when it was sampled last. */
export function heapCosts(text: string): Cost[] {
  const { head } = JSON.parse(text) as { head: HeapNode };
  const costs = new Costs();
  const left = [head];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    costs.add(node.callFrame, node.selfSize);
    left.push(...node.children);
  }
  return costs.dearest();
}

class Costs {
  readonly #costs = new Map<string, { frame: CallFrame; cost: number }>();
  #total = 0;

  add(frame: CallFrame, cost: number): void {
    const key = `${frame.url}:${frame.lineNumber}:${frame.functionName}`;
    const known = this.#costs.get(key);
    if (known === undefined) this.#costs.set(key, { frame, cost });
    else known.cost += cost;
    this.#total += cost;
  }

  dearest(): Cost[] {
    return [...this.#costs.values()]
      .toSorted((a, b) => b.cost - a.cost)
      .map(({ frame, cost }) => ({
        name: frame.functionName === "" ? "(anonymous)" : frame.functionName,
        place: placeOf(frame),
        share: cost / this.#total,
      }));
  }
}

function placeOf({ url, lineNumber }: CallFrame): string {
  if (url === "") return "";
  const path = url.replace(/^.*\/(?=(?:packages|bench|node_modules)\/)/u, "");
  return `${path}:${lineNumber + 1}`;
}
