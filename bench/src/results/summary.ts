/** From samples to figures: medians with their spread, one line a row and contestant. This is the JSON. */
import { standingOf } from "../contestants/index.ts";
import type { Case, Measurement } from "../job.ts";
import type { Machine } from "../machine.ts";
import type { Sample, Skipped } from "../runner.ts";

/** One figure over all rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Line {
  readonly row: string;
  readonly contestant: string;
  readonly kind: "stria" | "rival" | "raw";
  readonly guarantee: string;
  readonly rounds: number;
  /** The verdict of the worst round. */
  readonly readBack: Measurement["readBack"];
  readonly figures: Readonly<Record<string, Spread>>;
}

export interface Results {
  readonly machine: Machine;
  readonly rounds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly lines: readonly Line[];
  readonly skipped: readonly Skipped[];
}

/** One line a row and contestant, in the order in which `cases` names them. */
export function summarize(samples: readonly Sample[], cases: readonly Case[]): Line[] {
  const groups = grouped(samples);
  return cases.flatMap((one) => {
    const group = groups.get(key(one));
    return group === undefined ? [] : [line(group)];
  });
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  return { median: short(median), min: short(sorted[0] ?? 0), max: short(sorted.at(-1) ?? 0) };
}

/** Four significant digits: what lies beyond is noise. */
export function short(value: number): number {
  return Number(value.toPrecision(4));
}

function grouped(samples: readonly Sample[]): Map<string, Sample[]> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const name = key(sample.case);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [sample]);
    else group.push(sample);
  }
  return groups;
}

function key({ row, contestant }: Case): string {
  return `${row}\n${contestant}`;
}

function line(group: readonly Sample[]): Line {
  const { row, contestant } = group[0]!.case;
  const { kind, guarantee } = standingOf(contestant);
  const names = new Set(group.flatMap(({ measurement }) => Object.keys(measurement.figures)));
  const figures = [...names].map((name) => {
    const values = group.flatMap(({ measurement }) => measurement.figures[name] ?? []);
    return [name, spread(values)] as const;
  });
  const verdicts = group.map(({ measurement }) => measurement.readBack);
  const readBack = verdicts.find((verdict) => verdict.startsWith("no:")) ?? verdicts[0]!;
  const rounds = group.length;
  return {
    row,
    contestant,
    kind,
    guarantee,
    rounds,
    readBack,
    figures: Object.fromEntries(figures),
  };
}
