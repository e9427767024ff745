import {
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  Handle,
  type Node,
  type NodeProps,
  Position,
} from "@xyflow/react";
import { memo, type ReactElement, type ReactNode } from "react";
import { BOX, type PlacedGraph, type Point, smoothPath } from "./place-graph.ts";

export interface GraphBox {
  readonly name: string;
  /** Painted in place of the name, where boxes are painted. */
  readonly title?: string;
  /** The colour of its state, as `stateLook` names it. */
  readonly tone?: string;
  /** The content of the box, below its name. */
  readonly content: ReactNode;
  /** Read to a person who does not see the graph. */
  readonly label: string;
  readonly className?: string;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly className?: string;
}

export interface GraphViewProps {
  readonly boxes: readonly GraphBox[];
  readonly edges: readonly GraphEdge[];
  readonly selected?: string | undefined;
  readonly onSelect: (name: string | undefined) => void;
  /** The nodes that are in sight at first, large enough to be read; absent: all nodes, however small. */
  readonly focus?: readonly string[] | undefined;
  /** Without `focus`: the nodes that are in sight at first where all would be too small to be read. */
  readonly interest?: readonly string[] | undefined;
}

export type BoxNode = Node<{ readonly box: GraphBox }, "box">;
export type WayEdge = Edge<{ readonly way: readonly Point[]; readonly label: string }, "way">;

export const NODE_TYPES = { box: memo(BoxOfNode) };
export const EDGE_TYPES = { way: memo(EdgeWay) };

export function nodeOf(box: GraphBox, placed: PlacedGraph, selected: string | undefined): BoxNode {
  return {
    id: box.name,
    type: "box",
    position: placed.corners.get(box.name) ?? { x: 0, y: 0 },
    data: { box },
    selected: box.name === selected,
    width: BOX.width,
    height: BOX.height,
    ariaLabel: box.label,
    draggable: false,
    connectable: false,
  };
}

function BoxOfNode({ data: { box }, selected }: NodeProps<BoxNode>): ReactElement {
  return (
    <div
      className={`box ${box.className ?? ""} ${box.tone === undefined ? "" : `tone-${box.tone}`} ${selected === true ? "selected" : ""}`}
    >
      <Handle type="target" position={Position.Left} />
      {box.content}
      <Handle type="source" position={Position.Right} />
    </div>
  );
}

function EdgeWay({ id, sourceX, sourceY, targetX, targetY, data }: EdgeProps<WayEdge>): ReactElement {
  const points = [{ x: sourceX, y: sourceY }, ...(data?.way ?? []), { x: targetX, y: targetY }];
  const [a, b] = [points.at(-2) ?? { x: 0, y: 0 }, points.at(-1) ?? { x: 0, y: 0 }];
  return (
    <>
      <BaseEdge id={id} path={smoothPath(points)} />
      {data !== undefined && data.label !== "" && (
        <EdgeLabelRenderer>
          <div
            className="edge-label"
            style={{ transform: `translate(-50%,-50%) translate(${(a.x + b.x) / 2}px,${(a.y + b.y) / 2}px)` }}
          >
            {data.label}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
