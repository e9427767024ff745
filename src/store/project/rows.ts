import type { PlannedExecution } from "../../planning/index.ts";
import { WAITING_FOR } from "../documents/event-document.ts";
import {
  COMMAND,
  NODE_DECISION,
  PARAMETERS,
  PLAN_PARTS,
  PLANNED_STEP,
  RESOLVED_INPUTS,
  VARIABLES,
} from "../documents/plan-documents.ts";
import {
  DATUM_PROPERTIES,
  GIT_STATE,
  METADATA_POINT,
  RUNTIME_FACTS,
  TAGS,
  WARNINGS,
} from "../documents/record-documents.ts";
import type { Actor } from "../events/actor.ts";
import type {
  AttemptRecord,
  ClaimRecord,
  DatumRecord,
  ExecutionRecord,
  InputFileRecord,
  MetadataRecord,
  NodeRecord,
  NodeState,
  OpenExecutionRecord,
  RunRecord,
  RunState,
} from "../records.ts";
import { readLastValues } from "./last-values.ts";
import type { SnapshotRecord } from "./requests.ts";
import { shownProperties } from "./shown-properties.ts";

/* The shapes of the rows, and how records are made of them. JSON is read by the reader of its kind (`documents/`). */

export interface RunRow {
  readonly key: number;
  readonly id: string;
  readonly number: number;
  readonly kind: "step" | "pipeline" | "task";
  readonly name: string;
  readonly state: RunState;
  readonly reason: string | null;
  readonly title: string | null;
  readonly note: string | null;
  readonly tags: string;
  readonly tags_v: number;
  readonly parameters: string;
  readonly parameters_v: number;
  readonly commit_id: string;
  readonly jobs: number;
  readonly actor: Actor | null;
  readonly stop_actor: Actor | null;
  readonly warnings: string | null;
  readonly warnings_v: number;
  readonly pool: string;
  readonly owner: string | null;
  readonly fence: number;
  readonly promised_id: string | null;
  readonly promised_number: number | null;
  readonly traceparent: string | null;
  readonly plan_parts: string | null;
  readonly plan_parts_v: number;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
}

export function toRun(row: RunRow): RunRecord {
  const parts = row.plan_parts === null ? undefined : PLAN_PARTS.read(row.plan_parts_v, row.plan_parts);
  return withoutNulls<RunRecord>({
    id: row.id,
    number: row.number,
    kind: row.kind,
    name: row.name,
    state: row.state,
    reason: row.reason,
    title: row.title,
    note: row.note,
    tags: TAGS.read(row.tags_v, row.tags),
    parameters: PARAMETERS.read(row.parameters_v, row.parameters),
    commit: row.commit_id,
    jobs: row.jobs,
    actor: row.actor,
    stopActor: row.stop_actor,
    warnings: row.warnings === null ? null : WARNINGS.read(row.warnings_v, row.warnings),
    pool: row.pool,
    owner: row.owner,
    fence: row.fence,
    promised:
      row.promised_id === null || row.promised_number === null
        ? null
        : { id: row.promised_id, number: row.promised_number },
    traceparent: row.traceparent,
    groups: listOrNull(parts?.groups),
    outputs: listOrNull(parts?.outputs),
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  });
}

function listOrNull<Item>(list: readonly Item[] | undefined): readonly Item[] | null {
  return list === undefined || list.length === 0 ? null : list;
}

export interface NodeRow {
  readonly name: string;
  readonly position: number;
  readonly state: NodeState;
  readonly reason: string | null;
  readonly execution_id: string | null;
  readonly reused: number;
  readonly waiting_for: string | null;
  readonly waiting_for_v: number;
  readonly decision: string | null;
  readonly decision_v: number;
}

export function toNode(runId: string, row: NodeRow): NodeRecord {
  return withoutNulls<NodeRecord>({
    runId,
    name: row.name,
    index: row.position,
    state: row.state,
    reason: row.reason,
    executionId: row.execution_id,
    reused: row.reused === 0 ? null : true,
    waitingFor: row.waiting_for === null ? null : WAITING_FOR.read(row.waiting_for_v, row.waiting_for),
    decision: row.decision === null ? null : NODE_DECISION.read(row.decision_v, row.decision),
  });
}

/** A planned node and its step, where it has one. */
export interface PlannedRow {
  readonly node: string;
  readonly node_v: number;
  readonly step: string | null;
  readonly step_v: number | null;
}

export function readStep({ step, step_v }: PlannedRow): PlannedExecution["step"] | undefined {
  return step === null || step_v === null ? undefined : PLANNED_STEP.read(step_v, step);
}

export interface AttemptRow {
  readonly node: string;
  readonly id: string;
  readonly number: number;
  readonly attempt: number;
  readonly state: RunState;
  readonly reason: string | null;
}

export function toAttempt(row: AttemptRow): AttemptRecord {
  const { node, id: executionId, number, attempt, state, reason } = row;
  return withoutNulls<AttemptRecord>({ node, executionId, number, attempt, state, reason });
}

export interface ExecutionRow {
  readonly id: string;
  readonly number: number;
  readonly run_id: string;
  readonly node: string;
  readonly step: string;
  readonly state: RunState;
  readonly reason: string | null;
  readonly commit_id: string;
  readonly image: string;
  readonly command: string;
  readonly parameters: string;
  readonly inputs: string;
  readonly environment_variables: string;
  /** The version of the four before. */
  readonly spec_v: number;
  readonly environment: string;
  readonly environment_v: number;
  readonly status_detail: string | null;
  readonly warnings: string | null;
  readonly warnings_v: number;
  readonly stop_actor: Actor | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly metadata: string;
  readonly metadata_v: number;
  readonly attempt: number;
  readonly trial: number | null;
  readonly environment_name: string;
  readonly created_at: number;
  readonly queued_at: number | null;
  readonly started_at: number | null;
  readonly finished_at: number | null;
}

export function toExecution(row: ExecutionRow): ExecutionRecord {
  return withoutNulls<ExecutionRecord>({
    id: row.id,
    number: row.number,
    runId: row.run_id,
    node: row.node,
    step: row.step,
    state: row.state,
    reason: row.reason,
    commit: row.commit_id,
    image: row.image,
    command: COMMAND.read(row.spec_v, row.command),
    parameters: PARAMETERS.read(row.spec_v, row.parameters),
    inputs: RESOLVED_INPUTS.read(row.spec_v, row.inputs),
    environmentVariables: VARIABLES.read(row.spec_v, row.environment_variables),
    environment: RUNTIME_FACTS.read(row.environment_v, row.environment),
    statusDetail: row.status_detail,
    warnings: row.warnings === null ? null : WARNINGS.read(row.warnings_v, row.warnings),
    stopActor: row.stop_actor,
    exitCode: row.exit_code,
    signal: row.signal,
    ...readLastValues(row.metadata_v, row.metadata),
    attempt: row.attempt,
    trial: row.trial === null ? null : Number(row.trial),
    environmentName: row.environment_name,
    createdAt: row.created_at,
    queuedAt: row.queued_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  });
}

export interface ClaimRow {
  readonly id: string;
  readonly run_id: string;
  readonly node: string;
  readonly state: "started" | "stopping";
  readonly owner: string;
  readonly fence: number;
}

export function toClaim(row: ClaimRow): ClaimRecord {
  return withoutNulls<ClaimRecord>({
    executionId: row.id,
    runId: row.run_id,
    node: row.node,
    state: row.state,
    owner: row.owner,
    fence: row.fence,
  });
}

export interface OpenExecutionRow {
  readonly id: string;
  readonly number: number;
  readonly run_id: string;
  readonly node: string;
  readonly state: "queued" | "started" | "stopping";
  readonly environment_name: string;
  readonly owner: string | null;
  readonly fence: number;
}

export function toOpenExecution(row: OpenExecutionRow): OpenExecutionRecord {
  return withoutNulls<OpenExecutionRecord>({
    executionId: row.id,
    number: row.number,
    runId: row.run_id,
    node: row.node,
    state: row.state,
    environmentName: row.environment_name,
    owner: row.owner,
    fence: row.fence,
  });
}

export interface ProcessRow {
  readonly id: string;
  readonly identity: string;
  readonly v: number;
  readonly beat: number;
}

export interface EngineRow {
  readonly id: string;
  readonly pool: string;
  readonly host: string;
  readonly identity: string;
  readonly v: number;
  readonly beat: number;
  readonly started_at: number;
  readonly seen_at: number;
}

export interface DatumRow {
  readonly id: string;
  readonly name: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly execution_id: string | null;
  readonly uri: string | null;
  readonly created_at: number;
  readonly properties: string;
  readonly properties_v: number;
  readonly purged_at: number | null;
}

export function toDatum(row: DatumRow): DatumRecord {
  return withoutNulls<DatumRecord>({
    id: row.id,
    name: row.name,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    executionId: row.execution_id,
    uri: row.uri,
    createdAt: row.created_at,
    properties: DATUM_PROPERTIES.read(row.properties_v, row.properties),
    purgedAt: row.purged_at,
  });
}

export interface InputFileRow {
  readonly input: string;
  readonly name: string;
  readonly uri: string;
  readonly datum_id: string;
  readonly sha256: string;
  readonly size_bytes: number;
  /** Null where the datum is gone. */
  readonly properties: string | null;
  readonly properties_v: number | null;
}

export function toInputFile(row: InputFileRow): InputFileRecord {
  const properties =
    row.properties === null ? {} : shownProperties(DATUM_PROPERTIES.read(row.properties_v ?? 1, row.properties));
  return {
    ...{
      input: row.input,
      name: row.name,
      uri: row.uri,
      datumId: row.datum_id,
      sha256: row.sha256,
      sizeBytes: row.size_bytes,
    },
    ...properties,
  };
}

export interface PointRow {
  readonly log_offset: number;
  readonly at: number;
  readonly point: string;
  readonly v: number;
}

export function toPoint(row: PointRow): MetadataRecord {
  return { offset: row.log_offset, at: row.at, values: METADATA_POINT.read(row.v, row.point) };
}

export interface SnapshotRow {
  readonly identifier: string;
  readonly manifest_sha256: string;
  readonly file_count: number;
  readonly size_bytes: number;
  readonly git: string | null;
  readonly v: number;
  readonly created_at: number;
}

export function toSnapshot(row: SnapshotRow): SnapshotRecord {
  return withoutNulls<SnapshotRecord>({
    identifier: row.identifier,
    manifestSha256: row.manifest_sha256,
    fileCount: row.file_count,
    sizeBytes: row.size_bytes,
    git: row.git === null ? null : GIT_STATE.read(row.v, row.git),
    createdAt: row.created_at,
  });
}

/** Every key of the record; those that the record may lack may be null. */
type Nullable<T> = { readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? T[K] | null : T[K] };

/** Fields that are null in the database are absent in a record. */
function withoutNulls<T extends object>(fields: Nullable<T>): T {
  // A loop over the names takes a sixth of the time of lists of entries: 1,000 unchanged nodes make 3,000 records.
  const record: Partial<Record<keyof T, unknown>> = {};
  for (const name in fields) if (fields[name] !== null) record[name] = fields[name];
  return record as T;
}
