/** The segments on the disk: one row each, every frame painted where it lies, new ones glowing for a moment. */
import { useEffect, useRef } from "preact/hooks";
import { signal, useSignalEffect } from "@preact/signals";
import { segmentNumber } from "../../shell/format.ts";
import { isDark } from "../../shell/theme.tsx";
import type { FramePlace } from "../../worker/protocol.ts";
import { frameListeners, opened, pulse } from "./model.ts";
import { segmentBytes } from "./settings.ts";

interface Painted extends FramePlace {
  readonly at: number;
}

const rows = 5;
const rowHeight = 26;
const labelWidth = 46;
const glowMs = 500;
const framesStart = 8192;

const shown = new Map<string, Painted[]>();
const names = signal<readonly string[]>([]);

let shownOf = opened.peek();

frameListeners.add((frames) => {
  const at = performance.now();
  if (shownOf?.name !== opened.peek()?.name) shown.clear();
  shownOf = opened.peek();
  for (const frame of frames) {
    const list = shown.get(frame.segment) ?? [];
    list.push({ ...frame, at });
    shown.set(frame.segment, list);
  }
  for (const name of [...shown.keys()].toSorted().slice(0, -rows)) shown.delete(name);
  if (frames.length > 0) names.value = [...shown.keys()].toSorted();
});

/** A picture of the newest segments. */
export function Segments() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let frame = 0;
    const paint = (): void => {
      if (canvas.current !== null) paintAll(canvas.current);
      frame = requestAnimationFrame(paint);
    };
    paint();
    return () => cancelAnimationFrame(frame);
  }, []);
  useSignalEffect(() => {
    void isDark.value;
    palette = undefined;
  });
  const live = pulse.value?.stats;
  const text =
    live === undefined
      ? "no segment yet"
      : `${live.segments} live segments, ${live.frames} frames written, newest ${names.value.at(-1) ?? "none"}`;
  return (
    <canvas
      ref={canvas}
      class="segments"
      role="img"
      aria-label={text}
      style={{ height: `${rows * rowHeight}px` }}
    />
  );
}

interface Palette {
  readonly quiet: string;
  readonly track: string;
  readonly fresh: string;
  readonly one: string;
  readonly other: string;
  readonly font: string;
}
let palette: Palette | undefined;

function colors(): Palette {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  palette ??= {
    quiet: of("--quiet"),
    track: of("--track"),
    fresh: of("--appended"),
    one: of("--durable"),
    other: of("--durable-deep"),
    font: "11px ui-monospace, monospace",
  };
  return palette;
}

function paintAll(canvas: HTMLCanvasElement): void {
  const scale = devicePixelRatio;
  const { clientWidth, clientHeight } = canvas;
  if (canvas.width !== clientWidth * scale || canvas.height !== clientHeight * scale) {
    canvas.width = clientWidth * scale;
    canvas.height = clientHeight * scale;
  }
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, clientWidth, clientHeight);
  const ordered = [...shown].toSorted(([one], [other]) => (one < other ? 1 : -1));
  for (let row = 0; row < rows; row++) {
    paintRow(context, { row, width: clientWidth, entry: ordered[row] });
  }
}

function paintRow(
  context: CanvasRenderingContext2D,
  what: { row: number; width: number; entry: [string, Painted[]] | undefined },
): void {
  const { row, width, entry } = what;
  const { quiet, track, fresh, one, other, font } = colors();
  const top = row * rowHeight + 3;
  const height = rowHeight - 8;
  const room = width - labelWidth;
  context.fillStyle = track;
  context.beginPath();
  context.roundRect(labelWidth, top, room, height, 4);
  context.fill();
  if (entry === undefined) return;
  const [name, frames] = entry;
  context.fillStyle = quiet;
  context.font = font;
  context.textBaseline = "middle";
  context.fillText(`№ ${segmentNumber(name)}`, 0, top + height / 2);
  const now = performance.now();
  frames.forEach((frame, index) => {
    const left = labelWidth + ((frame.offset - framesStart) / segmentBytes) * room;
    const wide = Math.max(0.7, (frame.bytes / segmentBytes) * room);
    const glow = Math.max(0, 1 - (now - frame.at) / glowMs);
    context.globalAlpha = 1;
    context.fillStyle = index % 2 === 0 ? one : other;
    context.fillRect(left, top, wide, height);
    if (glow > 0) {
      context.globalAlpha = glow;
      context.fillStyle = fresh;
      context.fillRect(left - 0.5, top - 2 * glow, wide + 1, height + 4 * glow);
    }
  });
  context.globalAlpha = 1;
}
