import type { Viewport } from "@xyflow/react";
import { BOX, type PlacedGraph, type Point } from "./place-graph.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Zooms {
  readonly least: number;
  /** The share of the frame that stays free around what is shown. */
  readonly padding: number;
}

/** Boxes are not drawn larger than they are at first. */
const MOST_ZOOM = 1;
/** At the edge of a frame that a graph does not fit into, in pixels. */
const EDGE_PX = 16;

/** The view in which these boxes fill a frame, or their middle is in its middle where they are too many for it. */
export function viewOfBoxes(
  names: Iterable<string>,
  { corners, width, height }: PlacedGraph,
  frame: Size,
  { least, padding }: Zooms,
): Viewport {
  const shown = [...names].map((name) => corners.get(name)).filter((corner) => corner !== undefined);
  const [low, high] = boundsOf(shown);
  const fitting = Math.min(frame.width / (high.x - low.x), frame.height / (high.y - low.y)) * (1 - padding);
  const zoom = Math.min(MOST_ZOOM, Math.max(least, fitting));
  return {
    zoom,
    x: placed((low.x + high.x) / 2, { zoom, frame: frame.width, graph: width }),
    y: placed((low.y + high.y) / 2, { zoom, frame: frame.height, graph: height }),
  };
}

function boundsOf(corners: readonly Point[]): readonly [Point, Point] {
  const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
  if (corners.length === 0)
    return [
      { x: 0, y: 0 },
      { x: BOX.width, y: BOX.height },
    ];
  return [
    { x: Math.min(...xs), y: Math.min(...ys) },
    { x: Math.max(...xs) + BOX.width, y: Math.max(...ys) + BOX.height },
  ];
}

/** Nothing of the frame stays empty where there is more of the graph on the other side. */
function placed(
  middle: number,
  { zoom, frame, graph }: { readonly zoom: number; readonly frame: number; readonly graph: number },
): number {
  const wanted = frame / 2 - middle * zoom;
  const furthest = frame - graph * zoom - EDGE_PX;
  return furthest > EDGE_PX ? wanted : Math.min(EDGE_PX, Math.max(furthest, wanted));
}
