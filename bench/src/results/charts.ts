/** Bars for the rows that matter, made from the JSON alone, as SVG that needs no script to be seen. */
import type { TopLevelSpec } from "vega-lite";
import type { Pair } from "./overview.ts";
import type { Line, Results } from "./summary.ts";

interface VegaView {
  toSVG(): Promise<string>;
}

const WIDTH = 520;
const COLOURS = { stria: "#0b7285", rival: "#adb5bd", raw: "#e9ecef" };

/** A chart of one row: medians as bars, min and max as a line. */
export async function chart(results: Results, row: string): Promise<string | undefined> {
  const lines = results.lines.filter(
    (line) => line.row === row && line.figures["recordsPerSecond"] !== undefined,
  );
  if (lines.length < 2) return undefined;
  const { date, cpu } = results.machine;
  const values = lines.map(barOf);
  // Named in order: layers that sort by their own field disagree about it.
  const sort = values
    .toSorted((a, b) => Number(b["median"]) - Number(a["median"]))
    .map(({ name }) => String(name));
  const y = { field: "name", type: "nominal", sort, title: null } as const;
  return draw({
    title: { text: row, subtitle: `${date}, ${cpu}; median, line: min to max`, anchor: "start" },
    data: { values },
    layer: [
      {
        mark: { type: "bar", height: 14 },
        encoding: {
          y,
          x: { field: "median", type: "quantitative", title: "records/s" },
          color: {
            field: "kind",
            type: "nominal",
            legend: null,
            scale: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
          },
        },
      },
      {
        mark: { type: "rule", color: "#495057" },
        encoding: { y, x: { field: "min", type: "quantitative" }, x2: { field: "max" } },
      },
    ],
  });
}

/** One bar a row: how many times the best rival's rate ours is. */
export function overviewChart(results: Results, shown: readonly Pair[]): Promise<string> {
  const { date, cpu } = results.machine;
  const values = shown.map(({ name, rival, ratio }) => ({
    name,
    ratio,
    label: `${ratio.toFixed(2)} x ${rival.contestant}`,
    kind: ratio >= 1 ? "stria" : "rival",
  }));
  const y = {
    field: "name",
    type: "nominal",
    sort: values.map(({ name }) => name),
    title: null,
    axis: { labelLimit: WIDTH },
  } as const;
  const x = { field: "ratio", type: "quantitative", title: "times the best rival" } as const;
  return draw({
    title: {
      text: "Stria against the best rival of each row",
      subtitle: `${date}, ${cpu}; medians of one run`,
      anchor: "start",
    },
    data: { values },
    layer: [
      { mark: { type: "rule", color: "#ced4da" }, encoding: { x: { datum: 1 } } },
      {
        mark: { type: "bar", height: 14 },
        encoding: {
          y,
          x,
          color: {
            field: "kind",
            type: "nominal",
            legend: null,
            scale: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
          },
        },
      },
      {
        mark: { type: "text", align: "left", dx: 4, color: "#495057" },
        encoding: { y, x, text: { field: "label" } },
      },
    ],
  });
}

/** The same frame around every chart. */
async function draw(chosen: Record<"title" | "data" | "layer", unknown>): Promise<string> {
  const vega = await import("vega");
  const { compile } = await import("vega-lite");
  const { spec } = compile({
    width: WIDTH,
    background: "white",
    padding: 12,
    config: { axis: { labelLimit: 280, grid: false }, view: { stroke: null } },
    ...chosen,
  } as unknown as TopLevelSpec);
  const view = new vega.View(vega.parse(spec), { renderer: "none" }) as VegaView;
  return `${await view.toSVG()}\n`;
}

/** What the chart shows of a line. */
function barOf({ contestant, kind, figures }: Line): Record<string, string | number | undefined> {
  const { median, min, max } = figures["recordsPerSecond"] ?? {};
  return { name: contestant, kind, median, min, max };
}
