import type {
  DatumView,
  ExecutionView,
  InputFileView,
  NamedOutputView,
  NodeView,
  RunRecordView,
  RunView,
  TaskSummaryView,
  WaitingForView,
} from "../../api/index.ts";
import type { PlannedNode } from "../../planning/index.ts";
import type {
  AttemptRecord,
  DatumRecord,
  ExecutionRecord,
  InputFileRecord,
  NodeRecord,
  RunRecord,
  WaitingFor,
} from "../../store/index.ts";

export function runView(run: RunRecord): RunView {
  return {
    number: run.number,
    id: run.id,
    kind: run.kind,
    name: run.name,
    state: run.state,
    reason: run.reason ?? null,
    title: run.title ?? null,
    note: run.note ?? null,
    tags: run.tags,
    startedBy: run.actor ?? null,
    stoppedBy: run.stopActor ?? null,
    commit: run.commit,
    ...times(run),
  };
}

/** `outputs` are read from other records (run-outputs.ts). */
export function runRecordView(run: RunRecord, outputs: readonly NamedOutputView[]): RunRecordView {
  const groups = (run.groups ?? []).map(({ name, pipeline, commit = null, parent = null }) => ({
    ...{ name, pipeline, commit, parent },
  }));
  return { ...runView(run), parameters: run.parameters, groups, outputs, warnings: run.warnings ?? [] };
}

/** The facts shown of a node as it was planned. */
export type PlannedFacts = Pick<NodeView, "kind" | "step" | "group" | "dependsOn" | "attempts">;

export function plannedFacts(node: PlannedNode): PlannedFacts {
  const { kind, step, group = null, dependsOn, retry } = node;
  return { kind, step: step.name, group, dependsOn, attempts: retry?.attempts ?? 1 };
}

export function nodeView(
  node: NodeRecord,
  planned: PlannedFacts,
  execution: ExecutionView | null,
  { earlierAttempts = [], task = null }: NodeFacts = {},
): NodeView {
  return {
    name: node.name,
    kind: planned.kind,
    step: planned.step,
    group: planned.group,
    state: node.state === "active" ? (execution?.state ?? (task === null ? "queued" : "started")) : node.state,
    reason: node.reason ?? null,
    dependsOn: planned.dependsOn,
    reused: node.reused === true,
    attempts: planned.attempts,
    waitingFor: node.waitingFor === undefined ? null : waitingForView(node.waitingFor, execution),
    earlierAttempts: earlierAttempts.map(({ number, attempt, state, reason }) => ({
      number,
      attempt,
      state,
      reason: reason ?? null,
    })),
    execution,
    task,
  };
}

interface NodeFacts {
  readonly earlierAttempts?: readonly AttemptRecord[];
  readonly task?: TaskSummaryView | null;
}

function waitingForView(waitingFor: WaitingFor, execution: ExecutionView | null): WaitingForView {
  switch (waitingFor.kind) {
    case "retry": {
      const { kind, attempt = (execution?.attempt ?? 0) + 1, at } = waitingFor;
      return { kind, attempt, at: isoTime(at) };
    }
    case "approval": {
      const { kind, moment, since, timeout } = waitingFor;
      const view = timeout === undefined ? {} : { timeout: { ...timeout, at: isoTime(timeout.at) } };
      return { kind, moment, since: isoTime(since), ...view };
    }
  }
}

export function executionView(
  execution: ExecutionRecord,
  runNumber: number,
  inputs: readonly InputFileRecord[],
  outputs: readonly DatumRecord[],
): ExecutionView {
  return {
    number: execution.number,
    id: execution.id,
    run: runNumber,
    node: execution.node,
    step: execution.step,
    state: execution.state,
    reason: execution.reason ?? null,
    stoppedBy: execution.stopActor ?? null,
    exitCode: execution.exitCode ?? null,
    signal: execution.signal ?? null,
    attempt: execution.attempt,
    commit: execution.commit,
    image: execution.image,
    command: execution.command,
    parameters: execution.parameters,
    environmentVariables: execution.environmentVariables,
    environment: execution.environmentName,
    runtimeFacts: execution.environment,
    statusDetail: execution.statusDetail ?? null,
    warnings: execution.warnings ?? [],
    metadata: execution.metadata,
    metadataLeftOut: execution.metadataLeftOut ?? [],
    inputs: inputs.map(inputFileView),
    outputs: outputs.map((datum) => datumView(datum, execution)),
    ...times(execution),
    cost: costOf(execution),
  };
}

/** Undefined times and prices cost nothing that anybody knows. */
function costOf({ environment, startedAt, finishedAt }: ExecutionRecord): number | null {
  const price = Number(environment.pricePerHour ?? Number.NaN);
  if (!Number.isFinite(price) || startedAt === undefined || finishedAt === undefined) return null;
  const hours = Math.max(0, finishedAt - startedAt) / 3_600_000;
  // Without the noise of binary fractions.
  return Number((price * hours).toPrecision(6));
}

/** A stored file; `execution` made it, where one did. */
export function datumView(datum: DatumRecord, execution?: Pick<ExecutionRecord, "number" | "node">): DatumView {
  return {
    id: datum.id,
    uri: `datum://${datum.id}`,
    name: datum.name,
    sizeBytes: datum.sizeBytes,
    sha256: datum.sha256,
    execution: execution?.number ?? null,
    node: execution?.node ?? null,
    createdAt: isoTime(datum.createdAt),
    properties: datum.properties,
    ...(datum.purgedAt !== undefined && { purgedAt: isoTime(datum.purgedAt) }),
  };
}

export function isoTime(at: number): string {
  return new Date(at).toISOString();
}

function inputFileView(file: InputFileRecord): InputFileView {
  return {
    input: file.input,
    name: file.name,
    uri: file.uri,
    datum: file.datumId,
    sha256: file.sha256,
    sizeBytes: file.sizeBytes,
    madeBy: null,
  };
}

interface Timed {
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

function times(record: Timed) {
  const { createdAt, startedAt, finishedAt } = record;
  return {
    createdAt: isoTime(createdAt),
    startedAt: startedAt === undefined ? null : isoTime(startedAt),
    finishedAt: finishedAt === undefined ? null : isoTime(finishedAt),
    durationS: startedAt === undefined || finishedAt === undefined ? null : Math.max(0, finishedAt - startedAt) / 1000,
  };
}
