import type { Canvas } from "./canvas.ts";
import type { RoutedGap } from "./route.ts";

/** The position of a gap on the canvas. "Along" is the direction of the flow. */
export interface GapPlace {
  /** The last cell of the layer before, along. */
  readonly start: number;
  /** The first cell of the layer after. */
  readonly end: number;
  /** The position of a track, along. */
  readonly track: (index: number) => number;
  readonly orientation: Orientation;
}

export type Orientation = "down" | "right";

/** Draws the lines between two layers. */
export function drawGap(canvas: Canvas, gap: RoutedGap, place: GapPlace): void {
  for (const line of gap.lines) {
    const { owner } = line;
    const begin = line.fromTrack === undefined ? place.start : place.track(line.fromTrack);
    const finish = line.toTrack === undefined ? place.end : place.track(line.toTrack);
    // Without a track the line goes straight on: any point between will do.
    const track = line.track === undefined ? begin : place.track(line.track);
    const columns = [...line.from, ...line.to];
    for (const column of line.from) drawLine(canvas, place.orientation, owner, [begin, column], [track, column]);
    drawLine(canvas, place.orientation, owner, [track, Math.min(...columns)], [track, Math.max(...columns)]);
    // If the other half of a split line goes on, that half draws the rest.
    if (line.toTrack !== undefined) continue;
    for (const column of line.to) drawLine(canvas, place.orientation, owner, [track, column], [finish, column]);
  }
}

/** A line between two points given as [along, across]. */
export function drawLine(
  canvas: Canvas,
  orientation: Orientation,
  owner: string,
  from: readonly [number, number],
  to: readonly [number, number],
): void {
  if (orientation === "down") canvas.line(owner, from[1], from[0], to[1], to[0]);
  else canvas.line(owner, from[0], from[1], to[0], to[1]);
}
