import type { EventBody, WaitingFor } from "../api/index.ts";

/** An event, and when it happened (ms since the epoch). */
export interface LiveEvent {
  readonly at: number;
  readonly body: EventBody;
}

/** The facts shown of a run under way, gathered from its events. */
export interface LiveState {
  name: string;
  number: number | undefined;
  state: string;
  reason: string | undefined;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  /** In the plan's order. */
  readonly nodes: Map<string, LiveNode>;
  /** Number of nodes in each state. */
  readonly counts: Map<string, number>;
  /** Number of the complete nodes that have the results of earlier executions. */
  reused: number;
}

export interface LiveNode {
  readonly name: string;
  /** A run's state word, or `waiting` or `skipped`. */
  state: string;
  executionNumber: number | undefined;
  /** Number of times that it was begun, as far as was seen. */
  attempt: number;
  /** The execution is one of an earlier run, whose results the node has. */
  reused: boolean;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  reason: string | undefined;
  exitCode: number | undefined;
  /** The thing that it waits for once its turn has come. */
  waitingFor: WaitingFor | undefined;
  /** The work under way, e.g. "installing 12 packages"; cleared once the step itself runs and says something. */
  detail: string | undefined;
  /** Before the step runs, something is done for it: an input comes, an environment is built. */
  isPreparing: boolean;
  metrics: Record<string, unknown>;
  /** For a task: the state of each of its trials, as far as was seen. */
  trials: Map<number, LiveTrial> | undefined;
}

export interface LiveTrial {
  executionNumber: number;
  /** A run's state word, or `reused`. */
  state: string;
  readonly startedAt: number;
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
      node.waitingFor = body.waitingFor;
      if (body.waitingFor !== undefined) node.isPreparing = false;
      if (body.waitingFor?.kind === "retry")
        node.detail = `attempt ${node.attempt} failed: ${body.reason ?? "no reason is known"}`;
      // `active` says less than the execution's own state, which comes by its own events.
      if (body.state !== "active") setNodeState(state, node, body.state, at);
      return;
    }
    case "approval-decided":
      nodeOf(state, body.node).waitingFor = undefined;
      return;
    case "trial-reused":
      noteTrial(state, body, "reused", at);
      return;
    case "execution-created": {
      if (body.trial !== undefined) {
        noteTrial(state, { ...body, trial: body.trial }, "queued", at);
        return;
      }
      const node = nodeOf(state, body.node);
      node.executionNumber = body.number;
      node.attempt++;
      if (node.attempt > 1) node.detail = `attempt ${node.attempt}`;
      node.startedAt = undefined;
      node.finishedAt = undefined;
      node.waitingFor = undefined;
      node.metrics = {};
      setNodeState(state, node, "queued", at);
      return;
    }
    case "execution-state":
      applyExecutionState(state, body, at);
      return;
    case "execution-progress": {
      const node = nodeOf(state, body.node);
      if (node.trials === undefined) Object.assign(node, { detail: body.message, isPreparing: true });
      return;
    }
    case "execution-metadata": {
      const node = nodeOf(state, body.node);
      // Those of many executions are told by the leader board.
      if (node.trials === undefined) Object.assign(node.metrics, body.values);
      return;
    }
    case "datum-created":
    case "trials-added":
    case "run-labelled":
    case "stop-requested":
    case "warning":
      return;
  }
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
  if (body.trial !== undefined) {
    const trial = node.trials?.get(body.trial);
    if (trial !== undefined) trial.state = body.state;
    return;
  }
  if (body.reason !== undefined) node.reason = body.reason;
  if (body.exitCode !== undefined) node.exitCode = body.exitCode;
  setNodeState(state, node, body.state, at);
}

/** A task runs from its first trial on, and ends by an event of its own. */
function noteTrial(
  state: LiveState,
  { node: name, trial, number }: { readonly node: string; readonly trial: number; readonly number: number },
  word: string,
  at: number,
): void {
  const node = nodeOf(state, name);
  node.trials ??= new Map();
  node.trials.set(trial, { executionNumber: number, state: word, startedAt: at });
  if (!isFinal(node.state)) setNodeState(state, node, "started", at);
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
    waitingFor: undefined,
    detail: undefined,
    isPreparing: false,
    metrics: {},
    trials: undefined,
  };
}
