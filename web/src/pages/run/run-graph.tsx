import { type ReactElement, useMemo, useState } from "react";
import { foldGroups, formatDuration, formatValue, isFinal, stateLook } from "../../../../src/views/index.ts";
import { useNow } from "../../shared/amounts.tsx";
import type { GraphBox } from "../../shared/graph/graph-parts.tsx";
import { GraphView } from "../../shared/graph/graph-view.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import type { Flow } from "./flows.ts";
import { GroupBar } from "./group-bar.tsx";
import { foldedEdges, groupBox, groupBoxId, groupOfBox } from "./group-boxes.tsx";
import type { ShownNode } from "./shown-node.ts";

export interface RunGraphProps {
  readonly nodes: readonly ShownNode[];
  readonly flows: readonly Flow[];
  readonly selected: string | undefined;
  readonly onSelect: (node: string | undefined) => void;
  /** Absent: by the number of nodes. */
  readonly groups: "yes" | "no" | undefined;
  readonly open: readonly string[];
  readonly onGroups: (changed: { readonly groups?: "yes" | "no"; readonly open?: readonly string[] }) => void;
}

/** From so many nodes on they stand in groups, where nobody says otherwise. */
const MANY = 40;

// biome-ignore lint/style/noDefaultExport: React loads a part of the page later by its default export
export default function RunGraph(props: RunGraphProps): ReactElement {
  const { nodes, flows, selected, onSelect, groups, open, onGroups } = props;
  const isLive = nodes.some(({ state }) => !isFinal(state) && state !== "reused");
  const now = useNow(isLive ? "seconds" : "minutes");
  const isGrouped = groups === undefined ? nodes.length >= MANY : groups === "yes";
  const { folded, shape } = useGroups(nodes, flows, open);
  // The group that was opened last is what somebody wants to see.
  const [opened, setOpened] = useState<string>();
  const focus = isGrouped ? folded.groups.find(({ name, isOpen }) => isOpen && name === opened) : undefined;
  const boxes = useMemo(
    () => (isGrouped ? groupedBoxes(nodes, folded, { now, selected }) : nodes.map((node) => boxOf(node, now))),
    [nodes, now, isGrouped, folded, selected],
  );
  const edges = useMemo(() => {
    const states = new Map(nodes.map(({ name, state }) => [name, state]));
    const all = flows.map((flow) => {
      const target = states.get(flow.to);
      return { ...flow, className: target === "waiting" || target === "skipped" ? "waits" : "" };
    });
    return isGrouped ? foldedEdges(all, (node) => boxIdOf(folded, node)) : all;
  }, [nodes, flows, isGrouped, folded]);
  const chosen = selected === undefined || !isGrouped ? selected : boxIdOf(folded, selected);
  const select = (box: string | undefined): void => {
    const group = groupOfBox(box ?? "");
    if (group === undefined) onSelect(box);
    else {
      setOpened(group);
      onGroups({ open: [...open, group] });
    }
  };
  return (
    <div className="run-graph">
      {folded.groups.length > 0 && (
        <GroupBar
          isGrouped={isGrouped}
          groups={folded.groups}
          onGrouped={(wanted) => onGroups({ groups: wanted ? "yes" : "no" })}
          onClose={(closed) => {
            setOpened(undefined);
            onGroups({ open: open.filter((name) => !closed.includes(name)) });
          }}
        />
      )}
      <GraphView
        // Other boxes are another picture, with a view of its own.
        key={isGrouped ? shape : "all"}
        boxes={boxes}
        edges={edges}
        selected={selected}
        onSelect={select}
        focus={focus && unique(focus.members.map((node) => boxIdOf(folded, node))).slice(0, IN_FOCUS)}
        interest={interestIn(boxes, chosen)}
      />
    </div>
  );
}

/** The box whose panel is open, else the first that failed, waits for somebody or is at work. */
function interestIn(boxes: readonly GraphBox[], selected: string | undefined): readonly string[] | undefined {
  if (selected !== undefined) return [selected];
  const [found] = ["bad", "caution", "active"].flatMap((tone) => boxes.find((box) => box.tone === tone) ?? []);
  return found && [found.name];
}

/** So many nodes of a group are in sight when it opens. */
const IN_FOCUS = 8;

type Folded = ReturnType<typeof foldGroups>;

/** The groups depend on names, steps and edges alone, so that a change of state opens and closes nothing. */
function useGroups(nodes: readonly ShownNode[], flows: readonly Flow[], open: readonly string[]) {
  const shape = JSON.stringify([nodes.map(({ name, step }) => [name, step]), flows.map(({ from, to }) => [from, to])]);
  const openings = JSON.stringify(open);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` and `openings` stand for them
  const folded = useMemo(() => foldGroups(nodes, flows, new Set(open)), [shape, openings]);
  return { folded, shape: openings };
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

function boxIdOf({ groupOf }: Folded, node: string): string {
  const group = groupOf.get(node);
  return group === undefined ? node : groupBoxId(group);
}

/** Each node that is in no closed group, and each closed group in the place of its first node. */
function groupedBoxes(
  nodes: readonly ShownNode[],
  { groups, groupOf }: Folded,
  { now, selected }: { readonly now: number; readonly selected: string | undefined },
): readonly GraphBox[] {
  const known = new Map(nodes.map((node) => [node.name, node]));
  const closed = new Map(groups.filter(({ isOpen }) => !isOpen).map((group) => [group.members[0], group]));
  return nodes.flatMap((node) => {
    if (!groupOf.has(node.name)) return [boxOf(node, now)];
    const group = closed.get(node.name);
    if (group === undefined) return [];
    const members = group.members.map((name) => known.get(name)).filter((each) => each !== undefined);
    return [groupBox(group, members, group.members.includes(selected ?? ""))];
  });
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
