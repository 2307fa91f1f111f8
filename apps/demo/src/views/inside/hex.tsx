/** Bytes in rows of sixteen, coloured by field, with what the fields say beside them. */
import { signal } from "@preact/signals";
import type { Shown } from "./model.ts";
import type { Found } from "./dissect.ts";
import { printable } from "./dissect.ts";

/** The field that is pointed at. */
const pointed = signal<Found | undefined>(undefined);

/** Hex, text and fields. */
export function Hex({ shown }: { shown: Shown }) {
  const rows = Math.ceil(shown.bytes.length / 16);
  return (
    <div class="dissected">
      <div
        class="hex"
        role="img"
        aria-label={`${shown.bytes.length} bytes from offset ${shown.offset}`}
      >
        {Array.from({ length: rows }, (_, row) =>
          isQuiet(shown, row) ? (
            isQuiet(shown, row - 1) ? null : (
              <div class="skipped" key={row}>
                zeros
              </div>
            )
          ) : (
            <Row key={row} shown={shown} row={row} />
          ),
        )}
        {shown.total > shown.bytes.length && (
          <div class="skipped">
            {(shown.total - shown.bytes.length).toLocaleString("en-US")} more bytes
          </div>
        )}
      </div>
      <Fields fields={shown.fields} />
    </div>
  );
}

/** A row of zeros in the middle: said once, not shown. */
function isQuiet({ bytes }: Shown, row: number): boolean {
  if (row < 1 || (row + 1) * 16 > bytes.length) return false;
  return bytes.subarray(row * 16, row * 16 + 16).every((byte) => byte === 0);
}

interface Run {
  readonly field: Found | undefined;
  readonly bytes: Uint8Array;
}

/** Neighbours of one field together. */
function runs({ bytes, fields }: Shown, row: number): Run[] {
  const end = Math.min(bytes.length, row * 16 + 16);
  const found: Run[] = [];
  let at = row * 16;
  while (at < end) {
    const here = at;
    const field = fields.find((one) => one.at <= here && here < one.at + one.size);
    const next = fields.find((one) => one.at > here)?.at ?? end;
    const stop = Math.min(end, field === undefined ? next : field.at + field.size);
    found.push({ field, bytes: bytes.subarray(here, stop) });
    at = stop;
  }
  return found;
}

function Row({ shown, row }: { shown: Shown; row: number }) {
  const parts = runs(shown, row);
  return (
    <div class="row">
      <span class="at">{(shown.offset + row * 16).toString(16).padStart(6, "0")}</span>
      <span class="octets">
        {parts.map(({ field, bytes }, at) => (
          <span
            key={at}
            class={`tone-${field?.tone ?? "none"} ${field !== undefined && field === pointed.value ? "pointed" : ""}`}
            onPointerEnter={() => {
              pointed.value = field;
            }}
          >
            {[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}
          </span>
        ))}
      </span>
      <span class="text">
        {parts.map(({ field, bytes }, at) => (
          <span key={at} class={`tone-${field?.tone ?? "none"}`}>
            {[...bytes].map((byte) => printable(byte)).join("")}
          </span>
        ))}
      </span>
    </div>
  );
}

function Fields({ fields }: { fields: readonly Found[] }) {
  const named = fields.filter(({ kind }) => kind !== "zero");
  if (named.length === 0) return <p class="note">No fields: these bytes are not a frame.</p>;
  return (
    <table class="fields">
      <thead>
        <tr>
          <th scope="col">at</th>
          <th scope="col">field</th>
          <th scope="col">value</th>
        </tr>
      </thead>
      <tbody>
        {named.map((field) => (
          <tr
            key={field.at}
            class={field === pointed.value ? "pointed" : ""}
            onPointerEnter={() => {
              pointed.value = field;
            }}
          >
            <td>{field.at}</td>
            <td class={`tone-${field.tone}`}>{field.name}</td>
            <td>{field.value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
