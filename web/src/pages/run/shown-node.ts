import type { NodeView } from "../../../../src/api/index.ts";
import { isFinal, type LiveNode, type LiveState, waitingText } from "../../../../src/views/index.ts";

/** The facts of a node that the graph, the time line and the list show. */
export interface ShownNode {
  readonly name: string;
  readonly step: string;
  /** A word of `StateMark`: `reused`, `preparing` and `approval` among them. */
  readonly state: string;
  readonly execution: number | undefined;
  readonly dependsOn: readonly string[];
  /** In ms since the epoch. */
  readonly createdAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /** The activity of the moment, the reason why it waits, or the reason why it ended so. */
  readonly detail: string | undefined;
  readonly attempt: number;
  readonly view: NodeView;
}

/** The records of the nodes with what has happened since laid over them. */
export function shownNodes(nodes: readonly NodeView[], live: LiveState, now: number): readonly ShownNode[] {
  return nodes.map((node) => shownNode(node, live.nodes.get(node.name), now));
}

function shownNode(view: NodeView, live: LiveNode | undefined, now: number): ShownNode {
  const { name, step, execution, dependsOn } = view;
  const isNewer = live !== undefined && live.state !== "waiting";
  const state = isNewer ? live.state : view.state;
  const reused = live?.reused === true || view.reused;
  const waitingFor = live?.waitingFor ?? (isFinal(state) ? null : view.waitingFor);
  const number = (isNewer ? live.executionNumber : undefined) ?? execution?.number;
  // The record may be of another attempt than the one that runs now.
  const record = execution !== null && execution.number === number ? execution : undefined;
  const word =
    waitingFor?.kind === "approval"
      ? "approval"
      : state === "complete" && reused
        ? "reused"
        : live?.isPreparing === true && state === "queued"
          ? "preparing"
          : state;
  const ended = isFinal(state);
  return {
    ...{ name, step, dependsOn, view, state: word, execution: number },
    createdAt: timeOf(record?.createdAt),
    startedAt: live?.startedAt ?? timeOf(record?.startedAt),
    finishedAt: ended ? (live?.finishedAt ?? timeOf(record?.finishedAt)) : undefined,
    detail:
      waitingFor != null
        ? waitingText(waitingFor, now)
        : ended
          ? (live?.reason ?? execution?.reason ?? view.reason ?? undefined)
          : (live?.detail ?? record?.statusDetail ?? undefined),
    attempt: record?.attempt ?? live?.attempt ?? 0,
  };
}

function timeOf(iso: string | null | undefined): number | undefined {
  return iso == null ? undefined : Date.parse(iso);
}

/** Counts the nodes by state, for the line of facts of a run. */
export function countStates(nodes: readonly ShownNode[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { state } of nodes) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
