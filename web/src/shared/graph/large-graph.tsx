import { useComputedColorScheme } from "@mantine/core";
import {
  ControlButton,
  Controls,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStoreApi,
  type Viewport,
} from "@xyflow/react";
import { type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type Size, viewOfBoxes } from "./first-view.ts";
import { GraphPainter } from "./graph-painter.ts";
import { EDGE_TYPES, type GraphBox, type GraphViewProps, NODE_TYPES, nodeOf } from "./graph-parts.tsx";
import { BOX, type PlacedGraph } from "./place-graph.ts";

/** From this zoom on boxes are elements of the page, which say what they are and take the keyboard. */
const CLOSE_ZOOM = 0.55;
/** The boxes that are elements change when the view has moved so far. */
const TILE_PX = 400;
const MIN_ZOOM = 0.03;
const MAX_ZOOM = 1.6;
const FOCUS_ZOOM = 0.72;
const PADDING = 0.06;

interface LargeGraphProps extends GraphViewProps {
  readonly placed: PlacedGraph;
}

/**
 * A graph of hundreds of boxes. Edges, and all boxes seen from afar, are painted on one canvas, since thousands of
 * elements could not be moved in the time of a frame; only boxes in sight from near are elements.
 */
export function LargeGraph(props: LargeGraphProps): ReactElement {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  );
}

function Flow({ boxes, edges, selected, onSelect, placed, focus }: LargeGraphProps): ReactElement {
  const [sight, setSight] = useState<Sight>();
  const { screenToFlowPosition, setViewport, getViewport } = useReactFlow();
  const store = useStoreApi();
  const nodes = useMemo(
    () =>
      (sight === undefined ? [] : boxes.filter(({ name }) => isInSight(sight, placed, name))).map((box) =>
        nodeOf(box, placed, selected),
      ),
    [boxes, sight, placed, selected],
  );
  const look = useCallback(
    (view: Viewport): void => {
      const { width, height } = store.getState();
      setSight((before) => sightOf(view, { width, height }, before));
    },
    [store],
  );
  const fit = useCallback((): void => {
    const { width, height } = store.getState();
    const view = viewOfBoxes(placed.corners.keys(), placed, { width, height }, { least: MIN_ZOOM, padding: PADDING });
    void setViewport(view);
    look(view);
  }, [store, placed, setViewport, look]);
  const lookAt = (names: readonly string[]): void => {
    const { width, height } = store.getState();
    const view = viewOfBoxes(names, placed, { width, height }, { least: FOCUS_ZOOM, padding: PADDING });
    void setViewport(view);
    look(view);
  };
  const boxAt = (x: number, y: number): string | undefined => {
    const point = screenToFlowPosition({ x, y });
    return boxes.find(({ name }) => {
      const corner = placed.corners.get(name);
      return corner !== undefined && isWithin(point, corner);
    })?.name;
  };
  return (
    <ReactFlow
      nodes={nodes}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      onInit={() => (focus === undefined ? fit() : lookAt(focus))}
      onMove={(_, view) => look(view)}
      onNodeClick={(_, { id }) => onSelect(id === selected ? undefined : id)}
      onNodesChange={(changes) => {
        // Enter and space select as a click does.
        for (const change of changes)
          if (change.type === "select" && change.selected && change.id !== selected) onSelect(change.id);
      }}
      onPaneClick={({ clientX, clientY }) => onSelect(boxAt(clientX, clientY))}
      nodesDraggable={false}
      nodesConnectable={false}
      deleteKeyCode={null}
      minZoom={MIN_ZOOM}
      maxZoom={MAX_ZOOM}
      proOptions={{ hideAttribution: true }}
    >
      <Painting {...{ boxes, edges, selected, placed }} isFar={sight === undefined} getView={getViewport} />
      <Controls showInteractive={false} showFitView={false} position="bottom-left">
        <ControlButton onClick={fit} title="Fit View" aria-label="Fit View">
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path d="M1 4V1h3M8 1h3v3M11 8v3H8M4 11H1V8" fill="none" stroke="currentColor" />
          </svg>
        </ControlButton>
      </Controls>
    </ReactFlow>
  );
}

interface PaintingProps {
  readonly boxes: readonly GraphBox[];
  readonly edges: GraphViewProps["edges"];
  readonly selected: string | undefined;
  readonly placed: PlacedGraph;
  readonly isFar: boolean;
  readonly getView: () => Viewport;
}

/** The canvas under the elements, painted anew in each frame in which something has moved or changed. */
function Painting({ boxes, edges, selected, placed, isFar, getView }: PaintingProps): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  const store = useStoreApi();
  const scheme = useComputedColorScheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours change with the theme
  useEffect(() => {
    const { current } = canvas;
    if (current === null) return;
    const painter = new GraphPainter(current, { boxes, edges, selected, placed, isFar });
    let frame: number | undefined;
    const paint = (): void => {
      frame = undefined;
      const { width, height } = store.getState();
      painter.paint(getView(), { width, height });
    };
    const due = (): void => {
      frame ??= requestAnimationFrame(paint);
    };
    due();
    const unsubscribe = store.subscribe(({ transform, width, height }, before) => {
      if (transform !== before.transform || width !== before.width || height !== before.height) due();
    });
    return () => {
      unsubscribe();
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }, [boxes, edges, selected, placed, isFar, getView, store, scheme]);
  return <canvas ref={canvas} className="painting" />;
}

/** The tiles of the graph that are in sight from near; undefined from afar. */
interface Sight {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function sightOf({ x, y, zoom }: Viewport, { width, height }: Size, before: Sight | undefined): Sight | undefined {
  if (zoom < CLOSE_ZOOM) return undefined;
  const tile = (place: number, outwards: -1 | 1): number =>
    (outwards < 0 ? Math.floor(place / TILE_PX) : Math.ceil(place / TILE_PX)) * TILE_PX;
  const sight = {
    left: tile(-x / zoom, -1),
    top: tile(-y / zoom, -1),
    right: tile((width - x) / zoom, 1),
    bottom: tile((height - y) / zoom, 1),
  };
  const isSame =
    before !== undefined && Object.entries(sight).every(([side, place]) => before[side as keyof Sight] === place);
  return isSame ? before : sight;
}

function isInSight({ left, top, right, bottom }: Sight, { corners }: PlacedGraph, name: string): boolean {
  const corner = corners.get(name);
  if (corner === undefined) return false;
  return corner.x < right && corner.x + BOX.width > left && corner.y < bottom && corner.y + BOX.height > top;
}

function isWithin(
  point: { readonly x: number; readonly y: number },
  corner: { readonly x: number; readonly y: number },
): boolean {
  const [x, y] = [point.x - corner.x, point.y - corner.y];
  return x >= 0 && x <= BOX.width && y >= 0 && y <= BOX.height;
}
