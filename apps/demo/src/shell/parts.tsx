/** Small parts that several views use. */
import type { ComponentChildren } from "preact";
import type { Failure } from "../worker/protocol.ts";

/** Title and lead of a view. */
export function Lead({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="lead">
      <h1>{title}</h1>
      <p>{children}</p>
    </div>
  );
}

/** A figure with its name. */
export function Figure({
  name,
  value,
  tone,
}: {
  name: string;
  value: string;
  tone?: "appended" | "durable" | "checkpoint" | "bad";
}) {
  return (
    <div class={`figure ${tone ?? ""}`}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** One choice out of a few, as radio buttons that look like a switch. */
export function Choice<T extends string | number>({
  legend,
  options,
  value,
  onChange,
  disabled = false,
}: {
  legend: string;
  options: readonly { readonly value: T; readonly text: string }[];
  value: T;
  onChange: (value: T) => void;
  disabled?: boolean;
}) {
  return (
    <fieldset class="choice" disabled={disabled}>
      <legend>{legend}</legend>
      <div>
        {options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={legend}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>{option.text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** An error with its code and its place. */
export function Refusal({ failure }: { failure: Failure }) {
  const { segment, offset, lsn } = failure.details ?? {};
  const place = [
    segment === undefined ? undefined : `segment ${Number.parseInt(segment, 10)}`,
    offset === undefined ? undefined : `offset ${offset.toLocaleString("en-US")}`,
    lsn === undefined ? undefined : `LSN ${lsn}`,
  ].filter((part) => part !== undefined);
  return (
    <div class="refusal" role="alert">
      <strong class="code">{failure.code ?? failure.name}</strong>
      <span>{failure.message}</span>
      {place.length > 0 && <span class="place">{place.join(" · ")}</span>}
    </div>
  );
}

/** A button that keeps the focus while it cannot be pressed, so that keyboards do not lose their place. */
export function Button({
  children,
  disabled = false,
  kind = "",
  pressed,
  onClick,
}: {
  children: ComponentChildren;
  disabled?: boolean;
  kind?: string;
  pressed?: boolean;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      class={kind}
      aria-disabled={disabled}
      aria-pressed={pressed}
      onClick={() => {
        if (!disabled) onClick();
      }}
    >
      {children}
    </button>
  );
}
