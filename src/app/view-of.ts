import type { DatumView, ExecutionView, InputFileView, NodeView, RunDetailView, RunView } from "../api/index.ts";
import type { DatumRecord, ExecutionRecord, InputFileRecord, NodeRecord, RunRecord } from "../store/index.ts";

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
    commit: run.commit,
    ...times(run),
  };
}

export function runDetailView(run: RunRecord, nodes: readonly NodeView[]): RunDetailView {
  return { ...runView(run), parameters: run.parameters, nodes };
}

export function nodeView(
  node: NodeRecord,
  planned: { readonly step: string; readonly dependsOn: readonly string[]; readonly attempts: number },
  execution: ExecutionView | null,
  earlierAttempts: readonly ExecutionRecord[] = [],
): NodeView {
  return {
    name: node.name,
    step: planned.step,
    state: node.state === "active" ? (execution?.state ?? "queued") : node.state,
    reason: node.reason ?? null,
    dependsOn: planned.dependsOn,
    reused: node.reused === true,
    attempts: planned.attempts,
    retryAt: node.retryAt === undefined ? null : isoTime(node.retryAt),
    earlierAttempts: earlierAttempts.map(({ number, attempt, state, reason }) => ({ number, attempt, state, reason: reason ?? null })),
    execution,
  };
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
    metadata: execution.metadata,
    metadataLeftOut: execution.metadataLeftOut ?? [],
    inputs: inputs.map(inputFileView),
    outputs: outputs.map((datum) => datumView(datum, execution)),
    ...times(execution),
  };
}

/** A stored file; `execution` made it, where one did. */
export function datumView(datum: DatumRecord, execution?: ExecutionRecord): DatumView {
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
