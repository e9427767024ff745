import { type Change, getRow } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { COMMAND } from "../documents/plan-documents.ts";
import { LAST_VALUES, RUNTIME_FACTS } from "../documents/record-documents.ts";
import { nextNumber } from "../installation/projects.ts";
import { createRecordId } from "../record-id.ts";
import type { ExecutionRecord } from "../records.ts";
import { RefusedWrite } from "../refused-write.ts";
import { isFinal } from "../transitions.ts";
import { KEYS, KEYS_OF_NODES, OF_PROJECT } from "./execution-keys.ts";
import { indexParameters } from "./lists/values.ts";
import { addAttempt, moveNode, requireNode } from "./nodes.ts";
import type { NewExecution } from "./requests.ts";
import { type ExecutionRow, type RunRow, toExecution } from "./rows.ts";
import { requireDriver, requireRun } from "./runs.ts";
import { addChild, nextAttemptOf } from "./tasks.ts";

const EXECUTION_ROWS = `
  select executions.id, executions.number, runs.id as run_id, executions.node, executions.step, executions.state, executions.reason,
    executions.commit_id, executions.image, execution_specs.command, execution_specs.parameters, execution_specs.inputs,
    execution_specs.environment_variables, execution_specs.v as spec_v, executions.environment, executions.environment_v, executions.status_detail,
    executions.warnings, executions.warnings_v, executions.stop_actor, executions.exit_code, executions.signal,
    executions.metadata, executions.metadata_v, executions.attempt, executions.trial, executions.environment_name, executions.created_at, executions.queued_at, executions.started_at, executions.finished_at
  from executions
  join execution_specs on execution_specs.execution_key = executions.key
  join runs on runs.key = executions.run_key`;

const EXECUTION_SELECTION = `${EXECUTION_ROWS} where executions.project_key = :project`;

const selectExecution = statement<{ project: number; id: string }, ExecutionRow>(`
  ${EXECUTION_ROWS} where executions.id = :id and executions.${OF_PROJECT}`);

const selectExecutionsOfNodes = statement<{ project: number; runId: string }, ExecutionRow>(`
  ${EXECUTION_ROWS} where executions.key in (${KEYS_OF_NODES})`);

const selectExecutionsById = statement<{ project: number; ids: string }, ExecutionRow>(`
  ${KEYS} ${EXECUTION_ROWS} where executions.key in (select key from keys)`);

const selectExecutionByNumber = statement<{ project: number; number: number }, ExecutionRow>(`
  ${EXECUTION_SELECTION} and executions.number = :number`);

const insertExecution = statement<
  {
    id: string;
    project: number;
    number: number;
    runKey: number;
    node: string;
    step: string;
    commit: string;
    image: string;
    environmentName: string;
    createdAt: number;
    at: number;
    trial: number | null;
    attempt: number | null;
  },
  { key: number; attempt: number }
>(`
  insert into executions
    (id, project_key, number, run_key, node, step, state, commit_id, image, environment_name, environment, environment_v, metadata, metadata_v, created_at, queued_at, fence, trial, attempt)
  values (:id, :project, :number, :runKey, :node, :step, 'queued', :commit, :image, :environmentName, '{}', ${RUNTIME_FACTS.version}, '{}', ${LAST_VALUES.version}, :createdAt, :at, 0, :trial,
    coalesce(:attempt, (select count(*) + 1 from node_executions where run_key = :runKey and node = :node)))
  returning key, attempt`);

const insertSpec = statement<{
  executionKey: number;
  command: string;
  parameters: string;
  inputs: string;
  environmentVariables: string;
}>(`
  insert into execution_specs (execution_key, command, parameters, inputs, environment_variables, v)
  values (:executionKey, :command, :parameters, :inputs, :environmentVariables, ${COMMAND.version})`);

const clearPromise = statement<{ key: number }>(
  "update runs set promised_id = null, promised_number = null where key = :key",
);

export async function createExecution(change: Change, execution: NewExecution): Promise<ExecutionRecord | undefined> {
  const { queries, project } = change;
  const { runId, node, step, at, resolved } = execution;
  const run = requireDriver(await requireRun(queries, project, runId), execution.runFence);
  if (isFinal(run.state)) {
    throw new RefusedWrite(
      "ended",
      `run ${run.number} has ended already (${run.state}): node “${node}” cannot start`,
      "start a new run",
    );
  }
  const place = await takePlace(change, run, execution);
  if (place === undefined) {
    await requireNode(queries, project, runId, node);
    return undefined;
  }
  const { id, number, createdAt } = (await takePromise(change, run)) ?? {
    ...{ id: createRecordId(at), number: await nextNumber(queries, project), createdAt: at },
  };
  const { key, attempt } = await getRow(queries, insertExecution, {
    id,
    project,
    number,
    runKey: run.key,
    node,
    step,
    commit: execution.commit,
    image: execution.image,
    environmentName: execution.environmentName,
    createdAt,
    at,
    trial: execution.trial ?? null,
    attempt: place.attempt ?? null,
  });
  const spec = {
    executionKey: key,
    command: JSON.stringify(resolved.command),
    parameters: JSON.stringify(resolved.parameters),
    inputs: JSON.stringify(resolved.inputs),
    environmentVariables: JSON.stringify(resolved.environmentVariables),
  };
  // Asked together: over a network that is one exchange instead of two.
  await Promise.all([
    queries.run(insertSpec, spec),
    execution.trial === undefined
      ? addAttempt(change, { runKey: run.key, node, ordinal: attempt, executionKey: key })
      : addChild(change, {
          ...{ runKey: run.key, node, trial: execution.trial, executionKey: key },
          ...(execution.decision === undefined ? {} : { decision: execution.decision }),
          ...(execution.file === undefined ? {} : { file: execution.file }),
        }),
    indexParameters(change, { key, number }, resolved.parameters),
  ]);
  change.emit(run.key, at, {
    ...{ kind: "execution-created", runId, executionId: id, number, node, step },
    ...(execution.trial === undefined ? {} : { trial: execution.trial }),
  });
  // As it stands now: reading it back would cost as much as writing it.
  const { commit, image, environmentName } = execution;
  return {
    ...{
      id,
      number,
      runId,
      node,
      step,
      state: "queued",
      commit,
      image,
      environmentName,
      attempt,
      createdAt,
      queuedAt: at,
    },
    ...{ command: resolved.command, parameters: resolved.parameters, inputs: resolved.inputs },
    ...{ environmentVariables: resolved.environmentVariables, environment: {}, metadata: {} },
    ...(execution.trial === undefined ? {} : { trial: execution.trial }),
  };
}

/** Undefined where the node, or the trial of the task, is not to have another execution. */
async function takePlace(
  change: Change,
  run: RunRow,
  { runId, node: name, trial, isMember, decision, at }: NewExecution,
): Promise<{ readonly attempt?: number } | undefined> {
  if (trial === undefined) {
    const move = { state: "active", decision, at } as const;
    return (await moveNode(change, { runKey: run.key, runId, name }, move)) ? {} : undefined;
  }
  const node = await requireNode(change.queries, change.project, runId, name);
  if (node.state !== "active") return undefined;
  const attempt = await nextAttemptOf(change, { runKey: run.key, node: name, trial, isMember: isMember === true });
  return attempt === undefined ? undefined : { attempt };
}

/**
 * The id and number that were promised for the run's execution; they are given once. It was recorded then: numbers
 * grow with the time of recording.
 */
async function takePromise(
  { queries }: Change,
  { key, promised_id: id, promised_number: number, created_at: createdAt }: RunRow,
): Promise<{ readonly id: string; readonly number: number; readonly createdAt: number } | undefined> {
  if (id === null || number === null) return undefined;
  await queries.run(clearPromise, { key });
  return { id, number, createdAt };
}

export async function getExecution(
  queries: Queries,
  project: number,
  id: string,
): Promise<ExecutionRecord | undefined> {
  const row = await queries.get(selectExecution, { project, id });
  return row && toExecution(row);
}

export async function listExecutionsOfNodes(
  queries: Queries,
  project: number,
  runId: string,
): Promise<readonly ExecutionRecord[]> {
  return (await queries.all(selectExecutionsOfNodes, { project, runId })).map(toExecution);
}

export async function listExecutionsById(
  queries: Queries,
  project: number,
  ids: string,
): Promise<readonly ExecutionRecord[]> {
  return (await queries.all(selectExecutionsById, { project, ids })).map(toExecution);
}

export async function findExecutionByNumber(
  queries: Queries,
  project: number,
  number: number,
): Promise<ExecutionRecord | undefined> {
  const row = await queries.get(selectExecutionByNumber, { project, number });
  return row && toExecution(row);
}
