/** The log on the disk as a row of frames for each segment, with the place that was hurt. */
import type { FrameInspection } from "@stria/core/inspect";
import { bytes, count, segmentNumber } from "../../shell/format.ts";
import type { SegmentPicture } from "./bench.ts";
import type { Scar } from "./story.ts";

/** All segments of a log. */
export function LogPicture({
  pictures,
  scar,
}: {
  pictures: readonly SegmentPicture[];
  scar: Scar | undefined;
}) {
  const most = Math.max(1, ...pictures.map((picture) => used(picture)));
  return (
    <ol class="rows">
      {pictures.map((picture) => (
        <li key={picture.name}>
          <span class="name">
            № {segmentNumber(picture.name)} <small>{picture.state}</small>
          </span>
          <div class="frames">
            {picture.frames.map((frame) => (
              <Frame
                key={frame.offset}
                frame={frame}
                share={frame.kind === "empty" ? 0 : frame.bytes / most}
                hurt={scar !== undefined && scar.segment === picture.name && overlaps(frame, scar)}
              />
            ))}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** What the colours mean. */
export function PictureKey() {
  return (
    <p class="picture-key">
      <span class="records">records</span>
      <span class="carried">carried over</span>
      <span class="mark">mark or seal</span>
      <span class="bad">damaged or torn</span>
    </p>
  );
}

function Frame({ frame, share, hurt }: { frame: FrameInspection; share: number; hurt: boolean }) {
  if (frame.kind === "empty") return null;
  const kind = frame.kind === "records" && frame.carried ? "carried" : frame.kind;
  const what =
    "sequence" in frame && frame.records > 0
      ? `LSN ${count(frame.firstLsn)}–${count(frame.lastLsn)}`
      : "reason" in frame
        ? frame.reason
        : "";
  return (
    <i
      class={`${kind} ${hurt ? "hurt" : ""}`}
      style={{ flexGrow: share }}
      title={`${kind} · offset ${count(frame.offset)} · ${bytes(frame.bytes)} ${what}`}
    />
  );
}

function used({ frames }: SegmentPicture): number {
  return frames.reduce((sum, frame) => sum + (frame.kind === "empty" ? 0 : frame.bytes), 0);
}

function overlaps(frame: FrameInspection, scar: Scar): boolean {
  return frame.offset < scar.offset + scar.bytes && scar.offset < frame.offset + frame.bytes;
}
