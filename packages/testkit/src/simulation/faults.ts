/**
 * Which operation of a simulated storage goes wrong, and how. A plan is a list of rules; the first rule
 * that matches an operation decides. Knows operations by kind, file and number, not what they do.
 */
import type { SeededRandom } from "../random.ts";

/** The verbs of storage, file and lock. Every call of one is an operation with a number. */
export type OperationKind =
  | "lock"
  | "release"
  | "list"
  | "create"
  | "open"
  | "remove"
  | "syncDirectory"
  | "size"
  | "read"
  | "write"
  | "writeAndSync"
  | "truncate"
  | "sync"
  | "close";

/** One call of a verb, as observers and fault rules see it. */
export interface Operation {
  /** Counts from 1 within one life of the storage. */
  readonly number: number;
  readonly kind: OperationKind;
  /** File name; empty for verbs of the directory. */
  readonly file: string;
}

/** What goes wrong. */
export type Fault =
  | {
      /** The verb rejects with this code, `EIO` unless told otherwise. */
      readonly kind: "error";
      readonly code?: string;
      /**
       * What had been done by then. A failed sync leaves its pages clean whatever reached the platter: a
       * later sync succeeds without making them durable. Drawn by the seed if not given.
       */
      readonly done?: "nothing" | "some" | "everything";
      /** Failed sync: what programs see afterwards, the new bytes (ext4, xfs) or the old (btrfs). */
      readonly cache?: "kept" | "reverted";
    }
  /** A sync that loses its pages, resolves, and lets the next sync of the file report it. */
  | { readonly kind: "late-error" }
  /** A sync that resolves and has done nothing; nor will the next. */
  | { readonly kind: "lie" }
  /** A write that lands, whole and well-formed, somewhere else, and resolves. */
  | { readonly kind: "misdirect"; readonly at: number; readonly file?: string }
  /** A read that returns at most this many bytes. */
  | { readonly kind: "short"; readonly bytes: number }
  /** The verb takes this long on the virtual clock. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** The verb never settles. */
  | { readonly kind: "never" };

/** When a fault strikes: every condition given must hold. */
export interface FaultRule {
  readonly fault: Fault;
  readonly on?: OperationKind | readonly OperationKind[];
  /** Name of the file, or a pattern for it. */
  readonly file?: string | RegExp;
  /** Number of the operation. */
  readonly operation?: number;
  /** Lets this many matching operations pass first. */
  readonly after?: number;
  /** Strikes this often, once unless told otherwise. */
  readonly times?: number;
  /** Of each matching operation, once `after` has passed; 1 unless told otherwise. */
  readonly probability?: number;
}

/** A rejection of the simulated platform, with a `code` as the real one has. */
export class SimulatedError extends Error {
  override readonly name: string = "SimulatedError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** The rules of one storage and how often each has matched. */
export class FaultPlan {
  readonly #random: SeededRandom;
  #rules: { readonly rule: FaultRule; seen: number; struck: number }[] = [];
  readonly #strikes: Operation[] = [];

  constructor(random: SeededRandom, rules: readonly FaultRule[] = []) {
    this.#random = random;
    for (const rule of rules) this.add(rule);
  }

  /** Adds a rule behind the others. */
  add(rule: FaultRule): void {
    this.#rules.push({ rule, seen: 0, struck: 0 });
  }

  /** Drops every rule: the device works again. */
  clear(): void {
    this.#rules = [];
  }

  /** How often rules have struck in all. */
  get struck(): number {
    return this.#strikes.length;
  }

  /** The operations that were struck, in order. */
  get strikes(): readonly Operation[] {
    return this.#strikes;
  }

  /** The fault this operation meets, if any. */
  strike(operation: Operation): Fault | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (!matches(rule, operation)) continue;
      entry.seen++;
      if (entry.seen <= (rule.after ?? 0) || entry.struck >= (rule.times ?? 1)) continue;
      if (rule.probability !== undefined && !this.#random.chance(rule.probability)) continue;
      entry.struck++;
      this.#strikes.push(operation);
      return rule.fault;
    }
    return undefined;
  }
}

function matches(rule: FaultRule, operation: Operation): boolean {
  if (rule.operation !== undefined && rule.operation !== operation.number) return false;
  if (rule.on !== undefined) {
    const kinds: readonly OperationKind[] = typeof rule.on === "string" ? [rule.on] : rule.on;
    if (!kinds.includes(operation.kind)) return false;
  }
  if (rule.file === undefined) return true;
  return typeof rule.file === "string"
    ? rule.file === operation.file
    : rule.file.test(operation.file);
}
