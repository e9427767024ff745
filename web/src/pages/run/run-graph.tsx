import { type ReactElement, useMemo } from "react";
import { formatDuration, formatValue, isFinal, stateLook } from "../../../../src/views/index.ts";
import { useNow } from "../../shared/amounts.tsx";
import type { GraphBox } from "../../shared/graph/graph-parts.tsx";
import { GraphView } from "../../shared/graph/graph-view.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import type { Flow } from "./flows.ts";
import type { ShownNode } from "./shown-node.ts";

export interface RunGraphProps {
  readonly nodes: readonly ShownNode[];
  readonly flows: readonly Flow[];
  readonly selected: string | undefined;
  readonly onSelect: (node: string | undefined) => void;
}

// biome-ignore lint/style/noDefaultExport: React loads a part of the page later by its default export
export default function RunGraph({ nodes, flows, selected, onSelect }: RunGraphProps): ReactElement {
  const isLive = nodes.some(({ state }) => !isFinal(state) && state !== "reused");
  const now = useNow(isLive ? "seconds" : "minutes");
  const boxes = useMemo(() => nodes.map((node) => boxOf(node, now)), [nodes, now]);
  const edges = useMemo(() => {
    const states = new Map(nodes.map(({ name, state }) => [name, state]));
    return flows.map((flow) => {
      const target = states.get(flow.to);
      return { ...flow, className: target === "waiting" || target === "skipped" ? "waits" : "" };
    });
  }, [nodes, flows]);
  return <GraphView boxes={boxes} edges={edges} selected={selected} onSelect={onSelect} />;
}

function boxOf(node: ShownNode, now: number): GraphBox {
  const { name, state, startedAt, finishedAt } = node;
  const seconds = startedAt === undefined || state === "reused" ? undefined : ((finishedAt ?? now) - startedAt) / 1000;
  const took = seconds === undefined ? "" : formatDuration(isFinal(state) ? seconds : Math.max(0, Math.floor(seconds)));
  return {
    name,
    label: `${name}: ${state}`,
    tone: stateLook(state).tone,
    content: (
      <>
        <div className="line">
          <StateMark state={state} bare />
          <span className="clip name">{name}</span>
          <span className="number small quiet">{took}</span>
        </div>
        <div className="second clip">{secondLine(node)}</div>
      </>
    ),
  };
}

/** Returns the present activity, else the last number that it printed, else its step. */
function secondLine({ detail, state, step, name, view }: ShownNode): string {
  if (view.task !== null) return trialsLine(view.task);
  if (detail !== undefined && state !== "complete" && state !== "reused") return detail;
  const [key, value] =
    Object.entries(view.execution?.metadata ?? {}).findLast(([, item]) => typeof item === "number") ?? [];
  if (key !== undefined) return `${key} ${formatValue(value, { short: true })}`;
  return step === name ? state : step;
}

/** Returns the progress of a task, and the best value so far. */
function trialsLine({ planned, complete, best }: NonNullable<ShownNode["view"]["task"]>): string {
  const counts = `${complete}${planned === null ? "" : ` of ${planned}`}`;
  return best === null ? `${counts} trials` : `${counts}, ${best.metric} ${formatValue(best.value, { short: true })}`;
}
