import "@xyflow/react/dist/base.css";
import "../../styles/graph.css";
import { Controls, MiniMap, ReactFlow } from "@xyflow/react";
import { type ReactElement, useMemo, useRef } from "react";
import { viewOfBoxes } from "./first-view.ts";
import { EDGE_TYPES, type GraphViewProps, NODE_TYPES, nodeOf, type WayEdge } from "./graph-parts.tsx";
import { LargeGraph } from "./large-graph.tsx";
import { type PlacedGraph, placeGraph } from "./place-graph.ts";

/** Beyond so many edges their labels would cover each other; the panel of a node has them all the same. */
const MOST_LABELS = 40;
/** The scale at which the text of a box is read with ease, and the least at which it can be read at all. */
const READABLE = 0.72;
const LEAST_READABLE = 0.5;
const PADDING = 0.12;
/** From so many nodes on, an overview stands in the corner. */
const WITH_OVERVIEW = 25;
/** More boxes than this, with their edges, are too many elements for a page that moves. */
const MOST_ELEMENTS = 150;
const MIN_ZOOM = 0.05;

/** A graph from left to right that is panned and zoomed; only what is in sight is drawn. */
export function GraphView({ boxes, edges, selected, onSelect, focus, interest }: GraphViewProps): ReactElement {
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
        <SmallGraph {...{ boxes, edges, selected, onSelect, placed, focus, interest }} />
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
  interest,
}: GraphViewProps & { readonly placed: PlacedGraph }): ReactElement {
  const frame = useRef<HTMLDivElement>(null);
  const firstView = () => {
    const { width = 0, height = 0 } = frame.current?.getBoundingClientRect() ?? {};
    const viewOf = (names: Iterable<string>, least: number) =>
      viewOfBoxes(names, placed, { width, height }, { least, padding: PADDING });
    if (focus !== undefined) return viewOf(focus, READABLE);
    const all = viewOf(placed.corners.keys(), MIN_ZOOM);
    const first = interest ?? boxes.slice(0, 1).map(({ name }) => name);
    return all.zoom < LEAST_READABLE ? viewOf(first, READABLE) : all;
  };
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
      ref={frame}
      onInit={(flow) => void flow.setViewport(firstView())}
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
      minZoom={MIN_ZOOM}
      maxZoom={1.6}
      proOptions={{ hideAttribution: true }}
    >
      <Controls
        showInteractive={false}
        position="bottom-left"
        fitViewOptions={{ maxZoom: 1, padding: PADDING, minZoom: MIN_ZOOM }}
      />
      {boxes.length >= WITH_OVERVIEW && <MiniMap pannable zoomable nodeStrokeWidth={0} ariaLabel="Overview" />}
    </ReactFlow>
  );
}
