/** The sheet: paints what the log has, and over it, paler, what it does not have yet. Pen, finger, mouse or keys. */
import { useEffect, useRef } from "preact/hooks";
import { signal, useSignalEffect } from "@preact/signals";
import { isDark } from "../../shell/theme.tsx";
import { boardSize } from "./board.ts";
import type { Stroke } from "./board.ts";
import { moment, penDown, penMove, penUp, shown, wet } from "./model.ts";

/** The inks, as the theme names them. */
export const inks = [
  { name: "ink", color: "--ink" },
  { name: "blue", color: "--appended" },
  { name: "green", color: "--durable" },
  { name: "amber", color: "--checkpoint" },
  { name: "red", color: "--bad" },
] as const;

const step = 10;
/** The pen of those who draw by keys. */
const pen = signal<{ x: number; y: number; down: boolean } | undefined>(undefined);

/** The sheet. */
export function Sheet() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const paint = (): void => {
    if (canvas.current !== null) paintAll(canvas.current);
  };
  useSignalEffect(() => {
    void [shown.value, wet.value, pen.value, isDark.value];
    requestAnimationFrame(paint);
  });
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(paint);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <canvas
      ref={canvas}
      class={`sheet ${moment.value === undefined ? "" : "past"}`}
      tabIndex={0}
      role="application"
      aria-label="Drawing board. Arrow keys move the pen, space puts it down and lifts it."
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        penDown(...placeOf(event));
      }}
      onPointerMove={(event) => penMove(...placeOf(event))}
      onPointerUp={penUp}
      onPointerCancel={penUp}
      onKeyDown={onKey}
      onBlur={() => {
        if (pen.value?.down === true) penUp();
        pen.value = undefined;
      }}
    />
  );
}

function placeOf(event: PointerEvent): [number, number] {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * boardSize.width;
  const y = ((event.clientY - box.top) / box.height) * boardSize.height;
  return [Math.round(x), Math.round(y)];
}

const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-step, 0],
  ArrowRight: [step, 0],
  ArrowUp: [0, -step],
  ArrowDown: [0, step],
};

function onKey(event: KeyboardEvent): void {
  const at = pen.value ?? { x: boardSize.width / 2, y: boardSize.height / 2, down: false };
  if (event.key === " ") {
    event.preventDefault();
    if (at.down) penUp();
    else penDown(at.x, at.y);
    pen.value = { ...at, down: !at.down };
    return;
  }
  const move = moves[event.key];
  if (move === undefined) return;
  event.preventDefault();
  const x = Math.min(boardSize.width, Math.max(0, at.x + move[0]));
  const y = Math.min(boardSize.height, Math.max(0, at.y + move[1]));
  pen.value = { x, y, down: at.down };
  if (at.down) penMove(x, y);
}

function paintAll(canvas: HTMLCanvasElement): void {
  const scale = (canvas.clientWidth / boardSize.width) * devicePixelRatio;
  const [width, height] = [boardSize.width * scale, boardSize.height * scale];
  if (canvas.width !== Math.round(width)) {
    canvas.width = Math.round(width);
    canvas.height = Math.round(height);
  }
  const context = canvas.getContext("2d");
  if (context === null) return;
  const style = getComputedStyle(document.documentElement);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, boardSize.width, boardSize.height);
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const stroke of shown.peek()) paintLine(context, style, stroke);
  const line = wet.peek();
  if (line !== undefined && moment.peek() === undefined) {
    context.globalAlpha = 0.35;
    paintLine(context, style, { ...line, points: line.points.slice(Math.max(0, line.dried - 2)) });
    context.globalAlpha = 1;
  }
  const at = pen.peek();
  if (at !== undefined) {
    context.strokeStyle = style.getPropertyValue("--quiet");
    context.lineWidth = at.down ? 4 : 1.5;
    context.beginPath();
    context.arc(at.x, at.y, 9, 0, 2 * Math.PI);
    context.stroke();
  }
}

function paintLine(
  context: CanvasRenderingContext2D,
  style: CSSStyleDeclaration,
  { color, points }: Stroke,
): void {
  const [x = 0, y = 0] = points;
  context.strokeStyle = style.getPropertyValue(inks[color]?.color ?? "--ink");
  context.lineWidth = 5;
  context.beginPath();
  context.moveTo(x, y);
  for (let at = 2; at < points.length; at += 2) context.lineTo(points[at]!, points[at + 1]!);
  if (points.length === 2) context.lineTo(x + 0.1, y);
  context.stroke();
}
