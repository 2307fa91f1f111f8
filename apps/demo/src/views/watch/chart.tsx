/** One live chart: uPlot, fed with the last minute. Loaded when there is something to draw. */
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "preact/hooks";
import { useSignalEffect } from "@preact/signals";
import uPlot from "uplot";
import { isDark } from "../../shell/theme.tsx";
import { series } from "./model.ts";
import type { Point } from "./series.ts";

/** What a chart shows. */
export interface ChartLine {
  readonly name: string;
  readonly color: string;
  readonly pick: (point: Point) => number | null;
}

/** Title, unit and lines. */
export interface ChartProps {
  readonly title: string;
  readonly unit: (value: number) => string;
  readonly lines: readonly ChartLine[];
}

/** A chart that follows its series and the width it is given. */
export default function Chart({ title, unit, lines }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const make = (): void => {
    const element = place.current;
    if (element === null) return;
    plot.current?.destroy();
    plot.current = new uPlot(options(element, unit, lines), data(lines), element);
  };
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useSignalEffect(() => {
    void isDark.value;
    // The colours are those of the theme, which is applied in this turn.
    queueMicrotask(make);
  });
  useSignalEffect(() => {
    void series.points.value;
    plot.current?.setData(data(lines));
  });
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        {lines.map(({ name, color }) => (
          <span key={name} class="key" style={{ "--key": `var(${color})` }}>
            {name} <b>{latest(name, lines, unit)}</b>
          </span>
        ))}
      </figcaption>
      <div ref={place} role="img" aria-label={`${title}, the last minute`} />
    </figure>
  );
}

const height = 132;

function latest(
  name: string,
  lines: readonly ChartLine[],
  unit: (value: number) => string,
): string {
  const point = series.latest.value;
  const line = lines.find((candidate) => candidate.name === name);
  const value = point === undefined ? null : (line?.pick(point) ?? null);
  return value === null ? "–" : unit(value);
}

function data(lines: readonly ChartLine[]): uPlot.AlignedData {
  const points = series.points.peek();
  return [
    points.map(({ at }) => at),
    ...lines.map(({ pick }) => points.map((point) => pick(point))),
  ];
}

function options(
  element: HTMLElement,
  unit: (value: number) => string,
  lines: readonly ChartLine[],
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const grid = { stroke: color("--line"), width: 1 };
  const text = { stroke: color("--quiet"), font: "11px system-ui, sans-serif" };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 4, 8, 0],
    scales: {
      x: { time: false },
      y: { range: (_plot, _least, most) => [0, Math.max(most * 1.15, 1e-3)] },
    },
    axes: [
      { show: false },
      {
        ...text,
        grid,
        ticks: { show: false },
        size: 58,
        space: 34,
        values: (_plot, values) => values.map((value) => unit(value)),
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        stroke: color(line.color),
        width: 1.75,
        fill: `${color(line.color)}1f`,
        points: { show: false },
        spanGaps: false,
      })),
    ],
  };
}
