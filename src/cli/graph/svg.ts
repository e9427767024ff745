import type { PipelineGraph } from "../../api/index.ts";
import { drawnEdges, type Layout, type LayoutNode, layOut, nodeCaption } from "../../views/index.ts";
import { textWidth } from "../terminal/width.ts";

const BOX_HEIGHT = 40;
const ROW_GAP = 20;
const LAYER_GAP = 64;
const PADDING = 14;
const MARGIN = 16;
// Average advance of a proportional sans-serif at 13 px; boxes have room for the wider ones.
const CHARACTER_WIDTH = 7.6;
const BOX_MINIMUM = 72;

type GraphNode = PipelineGraph["nodes"][number];

/** Colours of both schemes: the picture follows the reader's, also inside an <img>. */
const STYLE = `
  .box { fill: #ffffff; stroke: #57606a; stroke-width: 1.25 }
  .task { stroke-dasharray: 5 3 }
  .pipeline { stroke-width: 3 }
  .deployment { stroke-width: 2.25 }
  .name { fill: #1f2328; font: 600 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
  .of { fill: #656d76; font: 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
  .line { fill: none; stroke: #8c959f; stroke-width: 1.5 }
  .tip { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    .box { fill: #1c2128; stroke: #9198a1 }
    .name { fill: #f0f6fc }
    .of { fill: #9198a1 }
    .line { stroke: #7d8590 }
    .tip { fill: #7d8590 }
  }`;

/** A picture that stands alone: from left to right, curves for edges, what flows along them as tooltips. */
export function renderSvg(graph: PipelineGraph): string[] {
  const edges = drawnEdges(graph);
  const layout = layOut({
    nodes: graph.nodes.map((node) => node.name),
    edges,
    halfSize: () => BOX_HEIGHT / 2,
    gap: ROW_GAP,
  });
  const boxes = placeBoxes(graph, layout);
  const width = Math.max(0, ...[...boxes.values()].map((box) => box.x + box.width)) + MARGIN;
  const bottom = layout.layers.flat().reduce((last, place) => Math.max(last, place.centre), 0);
  const height = bottom + BOX_HEIGHT / 2 + 2 * MARGIN;
  const paths = edges.flatMap((edge) => {
    const path = pathOf(edge.from, edge.to, layout, boxes);
    return path === undefined
      ? []
      : [
          `  <path class="line" d="${path}" marker-end="url(#tip)"><title>${escaped([`${edge.from} → ${edge.to}`, ...edge.flows].join("\n"))}</title></path>`,
        ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `  <title>Pipeline ${escaped(graph.pipeline)}</title>`,
    `  <style>${STYLE}\n  </style>`,
    '  <defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0 0.5 8 4 0 7.5Z"/></marker></defs>',
    ...paths,
    ...graph.nodes.flatMap((node) => renderBox(node, boxes.get(node.name))),
    "</svg>",
  ];
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly layer: number;
}

function placeBoxes(graph: PipelineGraph, layout: Layout): ReadonlyMap<string, Box> {
  const byName = new Map(graph.nodes.map((node) => [node.name, node] as const));
  const boxes = new Map<string, Box>();
  let x = MARGIN;
  for (const [layer, places] of layout.layers.entries()) {
    const nodes = places.flatMap((place) =>
      place.name === undefined ? [] : [{ place, node: byName.get(place.name) }],
    );
    const width = Math.max(BOX_MINIMUM, ...nodes.map(({ node }) => (node === undefined ? 0 : boxWidth(node))));
    for (const { place } of nodes) {
      if (place.name !== undefined) boxes.set(place.name, { x, y: yOf(place), width, layer });
    }
    x += width + LAYER_GAP;
  }
  return boxes;
}

function yOf(place: { readonly centre: number }): number {
  return place.centre + MARGIN;
}

function boxWidth(node: GraphNode): number {
  const name = textWidth(node.name) * CHARACTER_WIDTH;
  const caption = textWidth(nodeCaption(node)) * CHARACTER_WIDTH * (11 / 13);
  return Math.round(Math.max(name, caption) + 2 * PADDING);
}

/** From box to box, level through the passages of the layers between. */
function pathOf(from: string, to: string, layout: Layout, boxes: ReadonlyMap<string, Box>): string | undefined {
  const source = boxes.get(from);
  const target = boxes.get(to);
  if (source === undefined || target === undefined) return undefined;
  let x = source.x + source.width;
  let y = source.y;
  let path = `M${x} ${y}`;
  for (let layer = source.layer + 1; layer <= target.layer; layer++) {
    const passage = layer === target.layer ? undefined : layout.layers[layer]?.find((place) => isPassage(place, from));
    const span = layerSpan(layer, layout, boxes);
    const next = passage === undefined ? { x: target.x - 1, y: target.y } : { x: span.left, y: yOf(passage) };
    const bend = Math.max(24, (next.x - x) / 2);
    path += ` C${x + bend} ${y} ${next.x - bend} ${next.y} ${next.x} ${next.y}`;
    if (passage !== undefined) path += ` H${span.right}`;
    x = passage === undefined ? next.x : span.right;
    y = next.y;
  }
  return path;
}

function isPassage(place: LayoutNode, source: string): boolean {
  return place.name === undefined && place.source === source;
}

function layerSpan(
  layer: number,
  layout: Layout,
  boxes: ReadonlyMap<string, Box>,
): { readonly left: number; readonly right: number } {
  const box = (layout.layers[layer] ?? [])
    .flatMap((place) => (place.name === undefined ? [] : [boxes.get(place.name)]))
    .find((found) => found !== undefined);
  return { left: box?.x ?? 0, right: (box?.x ?? 0) + (box?.width ?? 0) };
}

function renderBox(node: GraphNode, box: Box | undefined): string[] {
  if (box === undefined) return [];
  const middle = box.x + box.width / 2;
  const kind = node.type === "execution" ? "" : ` ${node.type}`;
  const rectangle = `  <rect class="box${kind}" x="${box.x}" y="${box.y - BOX_HEIGHT / 2}" width="${box.width}" height="${BOX_HEIGHT}" rx="8"/>`;
  const text = (className: string, y: number, value: string) =>
    `  <text class="${className}" x="${middle}" y="${y}" text-anchor="middle">${escaped(value)}</text>`;
  const caption = nodeCaption(node);
  if (caption === "") return [rectangle, text("name", box.y + 4.5, node.name)];
  return [rectangle, text("name", box.y - 2, node.name), text("of", box.y + 13, caption)];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot hold them, not even escaped
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

function escaped(text: string): string {
  return text
    .replace(NOT_XML, "�")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
