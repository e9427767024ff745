import { type Change, getRow } from "../change.ts";
import { type Queries, type SqlValue, type Statement, statement } from "../database.ts";
import { COMMAND } from "../documents/plan-documents.ts";
import { LAST_VALUES, RUNTIME_FACTS } from "../documents/record-documents.ts";
import { nextNumber } from "../installation/projects.ts";
import { NO_LIMIT, pageOfNumbers } from "../page.ts";
import { createRecordId } from "../record-id.ts";
import type { ExecutionRecord } from "../records.ts";
import { RefusedWrite } from "../refused-write.ts";
import { isFinal } from "../transitions.ts";
import { KEYS, KEYS_OF_NODES, OF_PROJECT } from "./execution-keys.ts";
import { indexParameters } from "./lists/values.ts";
import { linkNode, moveNode, requireNode } from "./nodes.ts";
import type { ExecutionFilter, NewExecution } from "./requests.ts";
import { type ExecutionRow, toExecution } from "./rows.ts";
import { requireDriver, requireRun } from "./runs.ts";

const EXECUTION_ROWS = `
  select executions.id, executions.number, runs.id as run_id, executions.node, executions.step, executions.state, executions.reason,
    executions.commit_id, executions.image, execution_specs.command, execution_specs.parameters, execution_specs.inputs,
    execution_specs.environment_variables, execution_specs.v as spec_v, executions.environment, executions.environment_v, executions.status_detail, executions.exit_code, executions.signal,
    executions.metadata, executions.metadata_v, executions.attempt, executions.environment_name, executions.created_at, executions.queued_at, executions.started_at, executions.finished_at
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

const selectPage = statement<PageParameters, ExecutionRow>(`
  ${EXECUTION_SELECTION} and executions.number < :before order by executions.number desc limit :limit`);

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
    at: number;
  },
  { key: number; attempt: number }
>(`
  insert into executions
    (id, project_key, number, run_key, node, step, state, commit_id, image, environment_name, environment, environment_v, metadata, metadata_v, created_at, queued_at, fence, attempt)
  values (:id, :project, :number, :runKey, :node, :step, 'queued', :commit, :image, :environmentName, '{}', ${RUNTIME_FACTS.version}, '{}', ${LAST_VALUES.version}, :at, :at, 0,
    (select attempts + 1 from nodes where run_key = :runKey and name = :node))
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

interface PageParameters {
  readonly [name: string]: SqlValue;
  readonly project: number;
  readonly before: number;
  readonly limit: number;
}

export async function createExecution(change: Change, execution: NewExecution): Promise<ExecutionRecord | undefined> {
  const { queries, project } = change;
  const { runId, node, step, at, resolved } = execution;
  const run = requireDriver(await requireRun(queries, project, runId), execution.runFence);
  if (isFinal(run.state)) {
    throw new RefusedWrite("ended", `Run ${run.number} has ended already (${run.state}): node “${node}” cannot start.`, "Start a new run.");
  }
  const activated = await moveNode(change, { runKey: run.key, runId, name: node }, { state: "active", at });
  if (!activated) {
    await requireNode(queries, project, runId, node);
    return undefined;
  }
  const id = createRecordId(at);
  const number = await nextNumber(queries, project);
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
    at,
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
    linkNode(change, { runKey: run.key, name: node, executionKey: key, decision: execution.decision }),
    indexParameters(change, { key, number }, resolved.parameters),
  ]);
  change.emit(run.key, at, { kind: "execution-created", runId, executionId: id, number, node, step });
  // As it stands now: reading it back would cost as much as writing it.
  const { commit, image, environmentName } = execution;
  return {
    ...{ id, number, runId, node, step, state: "queued", commit, image, environmentName, attempt, createdAt: at, queuedAt: at },
    ...{ command: resolved.command, parameters: resolved.parameters, inputs: resolved.inputs },
    ...{ environmentVariables: resolved.environmentVariables, environment: {}, metadata: {} },
  };
}

export async function getExecution(queries: Queries, project: number, id: string): Promise<ExecutionRecord | undefined> {
  const row = await queries.get(selectExecution, { project, id });
  return row && toExecution(row);
}

export async function listExecutionsOfNodes(queries: Queries, project: number, runId: string): Promise<readonly ExecutionRecord[]> {
  return (await queries.all(selectExecutionsOfNodes, { project, runId })).map(toExecution);
}

export async function listExecutionsById(queries: Queries, project: number, ids: string): Promise<readonly ExecutionRecord[]> {
  return (await queries.all(selectExecutionsById, { project, ids })).map(toExecution);
}

export async function findExecutionByNumber(queries: Queries, project: number, number: number): Promise<ExecutionRecord | undefined> {
  const row = await queries.get(selectExecutionByNumber, { project, number });
  return row && toExecution(row);
}

export async function listExecutions(queries: Queries, project: number, filter: ExecutionFilter): Promise<readonly ExecutionRecord[]> {
  if (filter.limit < 1 || filter.states?.length === 0) return [];
  const before = filter.beforeNumber ?? NO_LIMIT;
  const parameters: PageParameters = {
    project,
    ...{ before, above: -1, below: before },
    limit: filter.limit,
    ...(filter.runId !== undefined && { runId: filter.runId }),
    ...(filter.step !== undefined && { step: filter.step }),
  };
  return (await queries.all(pageStatement(filter), parameters)).map(toExecution);
}

function pageStatement(filter: ExecutionFilter): Statement<PageParameters, ExecutionRow> {
  if (filter.states === undefined && filter.step === undefined && filter.runId === undefined) return selectPage;
  const numbers = pageOfNumbers({
    table: "executions",
    where: [
      filter.runId === undefined ? "project_key = :project" : "run_key = (select key from runs where id = :runId)",
      ...(filter.step === undefined ? [] : ["step = :step"]),
    ],
    states: filter.states,
    direction: "desc",
  });
  return statement(`${EXECUTION_SELECTION} and executions.number in (${numbers}) order by executions.number desc`);
}
