import type { PipelineGraph } from "../../api/index.ts";
import { approvalText, drawnEdges } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { renderTable } from "../terminal/table.ts";
import { oneLine, truncate } from "../terminal/width.ts";
import { type Drawing, drawBoxes } from "./text-boxes.ts";
import { drawFlow } from "./text-flow.ts";
import { drawList } from "./text-list.ts";

/** Boxes are pleasant up to about a screen and a half of them. */
const BOXES_MAXIMUM = 16;
/** Beyond this many nodes no layered drawing fits a terminal, and routing its lines would take long. */
const LAYERED_MAXIMUM = 200;
const FALLBACK_WIDTH = 120;

/**
 * The pipeline as a drawing of characters, in the form that fits the width: boxes, a flow from left to right, or a list
 * with lines.
 */
export function renderGraphText(
  graph: PipelineGraph,
  options: { readonly width: number; readonly style: Style; readonly edges: boolean },
): string[] {
  const width = Number.isFinite(options.width) ? options.width : FALLBACK_WIDTH;
  const drawing = drawThatFits(graph, width, options.style);
  const lines = [...drawing.lines, ...remarkLines(graph, width)];
  return options.edges ? [...lines, "", ...edgeTable(graph, options)] : lines;
}

/** Boxes have room for names alone; nodes that run a pipeline, or at which a person is asked, stand below them. */
function remarkLines(graph: PipelineGraph, width: number): string[] {
  const asking = graph.nodes.flatMap((node) => {
    const remark = node.type === "pipeline" ? `runs the pipeline ${oneLine(node.of)}` : approvalText(node);
    return remark === "" ? [] : [truncate(`${oneLine(node.name)}: ${remark}`, width)];
  });
  return asking.length === 0 ? [] : ["", ...asking];
}

function drawThatFits(graph: PipelineGraph, width: number, style: Style): Drawing {
  const nodes = graph.nodes.map((node) => node.name);
  const edges = drawnEdges(graph);
  if (nodes.length <= BOXES_MAXIMUM) {
    const boxes = drawBoxes(nodes, edges, style);
    if (boxes.width <= width) return boxes;
  }
  if (nodes.length <= LAYERED_MAXIMUM) {
    for (const pitch of [2, 1] as const) {
      const flow = drawFlow(nodes, edges, style, pitch);
      if (flow.width <= width) return flow;
    }
  }
  return drawList(nodes, edges, { style, width });
}

/** Lists what flows along each edge. */
function edgeTable(
  graph: PipelineGraph,
  { width, style }: { readonly width: number; readonly style: Style },
): string[] {
  const columns = [
    { header: "FROM", minWidth: 8 },
    { header: "TO", minWidth: 8 },
    { header: "CARRIES", minWidth: 16 },
  ];
  return renderTable(
    columns,
    drawnEdges(graph).flatMap((edge) => edge.flows.map((flow) => [edge.from, edge.to, flow])),
    { width, style },
  );
}
