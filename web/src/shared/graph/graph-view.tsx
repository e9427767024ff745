import "@xyflow/react/dist/base.css";
import "../../styles/graph.css";
import { Controls, MiniMap, ReactFlow } from "@xyflow/react";
import { type ReactElement, useMemo } from "react";
import { EDGE_TYPES, type GraphViewProps, NODE_TYPES, nodeOf, type WayEdge } from "./graph-parts.tsx";
import { LargeGraph } from "./large-graph.tsx";
import { type PlacedGraph, placeGraph } from "./place-graph.ts";

/** Beyond so many edges their labels would cover each other; the panel of a node has them all the same. */
const MOST_LABELS = 40;
/** The least scale at which the text of a box can be read. */
const READABLE = 0.72;
/** From so many nodes on, an overview stands in the corner. */
const WITH_OVERVIEW = 25;
/** More boxes than this, with their edges, are too many elements for a page that moves. */
const MOST_ELEMENTS = 150;

/** A graph from left to right that is panned and zoomed; only what is in sight is drawn. */
export function GraphView({ boxes, edges, selected, onSelect, focus }: GraphViewProps): ReactElement {
  const shape = JSON.stringify([boxes.map(({ name }) => name), edges.map(({ from, to }) => [from, to])]);
  // The places depend on names and edges alone, so that a change of state moves nothing.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for them
  const placed = useMemo(
    () =>
      placeGraph(
        boxes.map(({ name }) => name),
        edges,
      ),
    [shape],
  );
  return (
    <div className="graph">
      {boxes.length > MOST_ELEMENTS ? (
        <LargeGraph {...{ boxes, edges, selected, onSelect, placed, focus }} />
      ) : (
        <SmallGraph {...{ boxes, edges, selected, onSelect, placed, focus }} />
      )}
    </div>
  );
}

function SmallGraph({
  boxes,
  edges,
  selected,
  onSelect,
  placed,
  focus,
}: GraphViewProps & { readonly placed: PlacedGraph }): ReactElement {
  const nodes = useMemo(() => boxes.map((box) => nodeOf(box, placed, selected)), [boxes, placed, selected]);
  const lines = edges.map(
    ({ from, to, label, className = "" }): WayEdge => ({
      id: `${from}\n${to}`,
      type: "way",
      source: from,
      target: to,
      data: { way: placed.ways.get(`${from}\n${to}`) ?? [], label: edges.length > MOST_LABELS ? "" : label },
      className: `${className} ${from === selected || to === selected ? "of-selected" : ""}`,
      focusable: false,
    }),
  );
  return (
    <ReactFlow
      nodes={nodes}
      edges={lines}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      onNodeClick={(_, { id }) => onSelect(id === selected ? undefined : id)}
      onNodesChange={(changes) => {
        // Enter and space select as a click does.
        for (const change of changes)
          if (change.type === "select" && change.selected && change.id !== selected) onSelect(change.id);
      }}
      onPaneClick={() => onSelect(undefined)}
      nodesDraggable={false}
      nodesConnectable={false}
      deleteKeyCode={null}
      minZoom={0.05}
      maxZoom={1.6}
      fitView
      fitViewOptions={{
        ...{ maxZoom: 1, padding: 0.12 },
        ...(focus !== undefined && { nodes: focus.map((id) => ({ id })), minZoom: READABLE }),
      }}
      proOptions={{ hideAttribution: true }}
    >
      <Controls showInteractive={false} position="bottom-left" />
      {boxes.length >= WITH_OVERVIEW && <MiniMap pannable zoomable nodeStrokeWidth={0} ariaLabel="Overview" />}
    </ReactFlow>
  );
}
