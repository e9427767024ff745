import type { EventBody } from "../api/index.ts";

/** What happened, and when (ms since the epoch). */
export interface LiveEvent {
  readonly at: number;
  readonly body: EventBody;
}

/** What is shown of a run under way, gathered from its events. */
export interface LiveState {
  name: string;
  number: number | undefined;
  state: string;
  reason: string | undefined;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  /** In the plan's order. */
  readonly nodes: Map<string, LiveNode>;
  /** How many nodes stand in each state. */
  readonly counts: Map<string, number>;
  /** How many of the complete nodes have the results of earlier executions. */
  reused: number;
}

export interface LiveNode {
  readonly name: string;
  /** A run's state word, or `waiting` or `skipped`. */
  state: string;
  executionNumber: number | undefined;
  /** How often it was begun, as far as was seen. */
  attempt: number;
  /** The execution is one of an earlier run, whose results the node has. */
  reused: boolean;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  reason: string | undefined;
  exitCode: number | undefined;
  /** When the next attempt begins, while the node waits for it. */
  retryAt: number | undefined;
  /** What is being done, e.g. "installing 12 packages"; cleared once the step itself runs and says something. */
  detail: string | undefined;
  /** Before the step runs, something is done for it: an input comes, an environment is built. */
  isPreparing: boolean;
  metrics: Record<string, unknown>;
}

export function newLiveState(name: string, nodeNames: readonly string[]): LiveState {
  return {
    name,
    number: undefined,
    state: "created",
    reason: undefined,
    startedAt: undefined,
    finishedAt: undefined,
    nodes: new Map(nodeNames.map((node) => [node, newNode(node)] as const)),
    counts: new Map([["waiting", nodeNames.length]]),
    reused: 0,
  };
}

/**
 * Takes one event into the state. Depends on nothing else, and changes the state in place: a copy per event
 * would make a run of 10,000 nodes quadratic.
 */
export function applyEvent(state: LiveState, event: LiveEvent): void {
  const { body, at } = event;
  switch (body.kind) {
    case "run-created":
      state.number = body.number;
      state.name = body.name;
      state.startedAt ??= at;
      return;
    case "run-state":
      state.state = body.state;
      if (body.state === "started") state.startedAt ??= at;
      if (isFinal(body.state)) state.finishedAt = at;
      if (body.reason !== undefined) state.reason = body.reason;
      return;
    case "node-state": {
      const node = nodeOf(state, body.node);
      if (body.reason !== undefined) node.reason = body.reason;
      if (body.reused !== undefined) {
        node.executionNumber = body.reused;
        node.reused = true;
        state.reused++;
      }
      if (body.retryAt !== undefined) {
        node.isPreparing = false;
        node.retryAt = body.retryAt;
        node.detail = `attempt ${node.attempt} failed: ${body.reason ?? "no reason is known"}`;
      }
      // `active` says less than the execution's own state, which comes by its own events.
      if (body.state !== "active") setNodeState(state, node, body.state, at);
      return;
    }
    case "execution-created": {
      const node = nodeOf(state, body.node);
      node.executionNumber = body.number;
      node.attempt++;
      if (node.attempt > 1) node.detail = `attempt ${node.attempt}`;
      node.startedAt = undefined;
      node.finishedAt = undefined;
      node.retryAt = undefined;
      node.metrics = {};
      setNodeState(state, node, "queued", at);
      return;
    }
    case "execution-state":
      applyExecutionState(state, body, at);
      return;
    case "execution-detail":
      nodeOf(state, body.node).detail = body.detail;
      return;
    case "execution-progress":
      applyProgress(state, body.node, body.message);
      return;
    case "execution-metadata":
      Object.assign(nodeOf(state, body.node).metrics, body.values);
      return;
    case "datum-created":
    case "run-labelled":
    case "stop-requested":
    case "warning":
      return;
  }
}

/** Progress that comes as a notice and not as an event. */
export function applyProgress(state: LiveState, node: string, message: string): void {
  Object.assign(nodeOf(state, node), { detail: message, isPreparing: true });
}

/** The metrics of nodes that have the results of earlier executions: no event of this run brings them. */
export function fillReused(state: LiveState, metadata: ReadonlyMap<string, Readonly<Record<string, unknown>>>): void {
  for (const [name, values] of metadata) {
    const node = nodeOf(state, name);
    if (node.reused) Object.assign(node.metrics, values);
  }
}

export function isFinal(state: string): boolean {
  return state === "complete" || state === "error" || state === "stopped" || state === "skipped";
}

export function countOf(state: LiveState, ...states: readonly string[]): number {
  return states.reduce((sum, name) => sum + (state.counts.get(name) ?? 0), 0);
}

type ExecutionStateEvent = Extract<EventBody, { readonly kind: "execution-state" }>;

function applyExecutionState(state: LiveState, body: ExecutionStateEvent, at: number): void {
  const node = nodeOf(state, body.node);
  if (body.reason !== undefined) node.reason = body.reason;
  if (body.exitCode !== undefined) node.exitCode = body.exitCode;
  setNodeState(state, node, body.state, at);
}

function setNodeState(state: LiveState, node: LiveNode, next: string, at: number): void {
  if (next === "started") node.startedAt ??= at;
  if (isFinal(next)) {
    node.finishedAt ??= at;
    node.detail = undefined;
  }
  if (node.state === next) return;
  state.counts.set(node.state, (state.counts.get(node.state) ?? 0) - 1);
  state.counts.set(next, (state.counts.get(next) ?? 0) + 1);
  node.state = next;
}

/** An event may speak of a node that the plan at hand lacks (a resumed run): it is shown all the same. */
function nodeOf(state: LiveState, name: string): LiveNode {
  const known = state.nodes.get(name);
  if (known !== undefined) return known;
  const node = newNode(name);
  state.nodes.set(name, node);
  state.counts.set(node.state, (state.counts.get(node.state) ?? 0) + 1);
  return node;
}

function newNode(name: string): LiveNode {
  return {
    name,
    state: "waiting",
    executionNumber: undefined,
    attempt: 0,
    reused: false,
    startedAt: undefined,
    finishedAt: undefined,
    reason: undefined,
    exitCode: undefined,
    retryAt: undefined,
    detail: undefined,
    isPreparing: false,
    metrics: {},
  };
}
