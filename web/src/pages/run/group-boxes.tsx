import type { ReactElement } from "react";
import type { NodeGroup } from "../../../../src/views/index.ts";
import { stateLook } from "../../../../src/views/index.ts";
import type { GraphBox, GraphEdge } from "../../shared/graph/graph-parts.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import { countStates, type ShownNode } from "./shown-node.ts";

const ID = "group:";

/** The box of a group bears a name that no node has. */
export function groupBoxId(group: string): string {
  return ID + group;
}

/** The group of a box; undefined for that of a node. */
export function groupOfBox(id: string): string | undefined {
  return id.startsWith(ID) ? id.slice(ID.length) : undefined;
}

/** The first of these that a member is in tells the state of the group; then what most members are in. */
const FIRST = ["error", "approval", "stopping", "started", "preparing", "queued", "stopped"];

/**
 * Returns the box of a group that is closed: how many nodes it has, and in which states they are. One that hides the
 * selected node looks selected, but a click opens it all the same.
 */
export function groupBox({ name }: NodeGroup, members: readonly ShownNode[], hidesSelected: boolean): GraphBox {
  const counts = [...countStates(members)].sort(([, a], [, b]) => b - a);
  const state = FIRST.find((of) => counts.some(([known]) => known === of)) ?? counts[0]?.[0] ?? "waiting";
  const words = counts.map(([of, count]) => `${count} ${of}`).join(", ");
  return {
    name: groupBoxId(name),
    title: `${name} ×${members.length}`,
    label: `Group ${name}, ${members.length} nodes: ${words}. Opens.`,
    tone: stateLook(state).tone,
    className: hidesSelected ? "stack-of selected" : "stack-of",
    content: (
      <>
        <div className="line">
          <StateMark state={state} bare />
          <span className="clip name">{name}</span>
          <span className="number small quiet">×{members.length}</span>
        </div>
        <div className="second clip">{words}</div>
        <Shares counts={counts} all={members.length} />
      </>
    ),
  };
}

/** The share of each state, as a bar; the words beside it say the same. */
function Shares({
  counts,
  all,
}: {
  readonly counts: readonly (readonly [string, number])[];
  readonly all: number;
}): ReactElement {
  return (
    <div className="shares" aria-hidden="true">
      {counts.map(([state, count]) => (
        <i key={state} className={`tone-${stateLook(state).tone}`} style={{ width: `${(100 * count) / all}%` }} />
      ))}
    </div>
  );
}

/** The edges between boxes: several that lead the same way are one, with their number. */
export function foldedEdges(edges: readonly GraphEdge[], boxOf: (node: string) => string): readonly GraphEdge[] {
  const ways = Map.groupBy(
    edges.map((edge) => ({ ...edge, from: boxOf(edge.from), to: boxOf(edge.to) })),
    ({ from, to }) => `${from}\n${to}`,
  );
  return [...ways.values()].flatMap((all) => {
    const [first] = all;
    if (first === undefined || first.from === first.to) return [];
    const waits = all.every(({ className }) => className === "waits");
    return [{ ...first, label: all.length === 1 ? first.label : `×${all.length}`, className: waits ? "waits" : "" }];
  });
}
