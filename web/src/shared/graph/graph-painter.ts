import type { Viewport } from "@xyflow/react";
import type { GraphBox, GraphEdge } from "./graph-parts.tsx";
import { BOX, type PlacedGraph, smoothPath } from "./place-graph.ts";

export interface PaintedGraph {
  readonly boxes: readonly GraphBox[];
  readonly edges: readonly GraphEdge[];
  readonly selected: string | undefined;
  readonly placed: PlacedGraph;
  /** The boxes are painted, too; from near they are elements. */
  readonly isFar: boolean;
}

/** Names can be read from this zoom on. */
const NAMED_ZOOM = 0.3;

/** From afar a box is a few pixels: its state is its colour. */
const TINT = 0.3;

/** The colours of the style sheet, as a canvas takes them. */
interface Colours {
  readonly edge: string;
  readonly accent: string;
  readonly ink: string;
  readonly face: string;
  readonly box: string;
  readonly tones: ReadonlyMap<string, string>;
}

/** Paints a graph of hundreds of boxes within a frame. Shapes are made once, in the places of the graph. */
export class GraphPainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #graph: PaintedGraph;
  readonly #colours: Colours;
  readonly #edges: Path2D;
  readonly #ofSelected: Path2D;
  /** By the tone of the boxes. */
  readonly #boxes: ReadonlyMap<string, Path2D>;

  constructor(canvas: HTMLCanvasElement, graph: PaintedGraph) {
    this.#canvas = canvas;
    this.#graph = graph;
    this.#colours = coloursOf(canvas);
    const { edges, selected, placed } = graph;
    const isOfSelected = ({ from, to }: GraphEdge): boolean => from === selected || to === selected;
    this.#edges = pathOf(
      edges.filter((edge) => !isOfSelected(edge)),
      placed,
    );
    this.#ofSelected = pathOf(edges.filter(isOfSelected), placed);
    this.#boxes = graph.isFar ? shapesOf(graph) : new Map();
  }

  paint({ x, y, zoom }: Viewport, { width, height }: { readonly width: number; readonly height: number }): void {
    const ratio = devicePixelRatio;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== wide) this.#canvas.width = wide;
    if (this.#canvas.height !== high) this.#canvas.height = high;
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const { edge, accent } = this.#colours;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, wide, high);
    context.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * x, ratio * y);
    // A line thinner than half a pixel is paler, and costs as much.
    context.lineWidth = Math.max(1.4, 0.6 / zoom);
    context.strokeStyle = edge;
    context.stroke(this.#edges);
    context.strokeStyle = accent;
    context.stroke(this.#ofSelected);
    for (const [name, shape] of this.#boxes) {
      const tone = this.#colours.tones.get(name) ?? edge;
      context.fillStyle = this.#colours.box;
      context.fill(shape);
      context.fillStyle = tone;
      context.globalAlpha = TINT;
      context.fill(shape);
      context.globalAlpha = 1;
      context.strokeStyle = tone;
      context.stroke(shape);
    }
    if (this.#graph.isFar) this.#paintSelected(context, zoom);
    if (this.#graph.isFar && zoom >= NAMED_ZOOM) this.#paintNames(context, { x, y, zoom, width, height });
  }

  #paintSelected(context: CanvasRenderingContext2D, zoom: number): void {
    const corner = this.#graph.placed.corners.get(this.#graph.selected ?? "");
    if (corner === undefined) return;
    context.lineWidth = 3 / zoom;
    context.strokeStyle = this.#colours.accent;
    context.strokeRect(corner.x, corner.y, BOX.width, BOX.height);
  }

  #paintNames(
    context: CanvasRenderingContext2D,
    { x, y, zoom, width, height }: Viewport & { readonly width: number; readonly height: number },
  ): void {
    context.font = `560 15px ${this.#colours.face}`;
    context.fillStyle = this.#colours.ink;
    context.textBaseline = "middle";
    for (const { name, title = name } of this.#graph.boxes) {
      const corner = this.#graph.placed.corners.get(name);
      if (corner === undefined) continue;
      const [left, top] = [corner.x * zoom + x, corner.y * zoom + y];
      if (left > width || top > height || left + BOX.width * zoom < 0 || top + BOX.height * zoom < 0) continue;
      const shown = title.length <= MOST_LETTERS ? title : `${title.slice(0, MOST_LETTERS - 1)}…`;
      context.fillText(shown, corner.x + 11, corner.y + BOX.height / 2);
    }
  }
}

/** As many fit into a box. */
const MOST_LETTERS = 20;

function pathOf(edges: readonly GraphEdge[], { corners, ways }: PlacedGraph): Path2D {
  const path = new Path2D();
  for (const { from, to } of edges) {
    const [start, end] = [corners.get(from), corners.get(to)];
    if (start === undefined || end === undefined) continue;
    const points = [
      { x: start.x + BOX.width, y: start.y + BOX.height / 2 },
      ...(ways.get(`${from}\n${to}`) ?? []),
      { x: end.x, y: end.y + BOX.height / 2 },
    ];
    path.addPath(new Path2D(smoothPath(points)));
  }
  return path;
}

function shapesOf({ boxes, placed }: PaintedGraph): ReadonlyMap<string, Path2D> {
  const shapes = new Map<string, Path2D>();
  for (const { name, tone = "" } of boxes) {
    const corner = placed.corners.get(name);
    if (corner === undefined) continue;
    const shape = shapes.get(tone) ?? new Path2D();
    shapes.set(tone, shape);
    shape.rect(corner.x, corner.y, BOX.width, BOX.height);
  }
  return shapes;
}

function coloursOf(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const tones = ["good", "bad", "active", "caution", "pending"].map((tone) => [tone, colour(`--${tone}`)] as const);
  return {
    ...{ edge: colour("--line-strong"), accent: colour("--accent"), ink: colour("--ink"), face: colour("--face") },
    ...{ box: colour("--raised"), tones: new Map(tones) },
  };
}
