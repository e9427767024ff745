import { HeadraceError } from "../../errors.ts";
import type { Plan, PlannedNode } from "../../planning/index.ts";
import { type Change, getRow } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import {
  PARAMETERS,
  PLAN_PARTS,
  PLANNED_NODE,
  PLANNED_STEP,
  type PlanParts,
  stepOf,
  withStep,
} from "../documents/plan-documents.ts";
import { TAGS, WARNINGS } from "../documents/record-documents.ts";
import { recordAudit } from "../installation/audit.ts";
import { nextNumber } from "../installation/projects.ts";
import { createRecordId } from "../record-id.ts";
import type { RunRecord } from "../records.ts";
import { RefusedWrite } from "../refused-write.ts";
import { isFinal, RUN_TRANSITIONS, requireTransition } from "../transitions.ts";
import { RUN_KEYS } from "./execution-keys.ts";
import type { NewRun, RunStateChange, Wish } from "./requests.ts";
import { type PlannedRow, type RunRow, readStep, toRun } from "./rows.ts";

const RUN_COLUMNS =
  "key, id, number, kind, name, state, reason, title, note, tags, tags_v, parameters, parameters_v, commit_id, jobs, actor, stop_actor, warnings, warnings_v, pool, owner, fence, promised_id, promised_number, traceparent, plan_parts, plan_parts_v, created_at, started_at, finished_at";

const selectRun = statement<{ project: number; id: string }, RunRow>(`
  select ${RUN_COLUMNS} from runs where id = :id and project_key = :project`);

const selectRunToChange = statement<{ project: number; id: string }, RunRow>(
  `select ${RUN_COLUMNS} from runs where id = :id and project_key = :project`,
  { locks: "runs" },
);

const selectRunByNumber = statement<{ project: number; number: number }, RunRow>(`
  select ${RUN_COLUMNS} from runs where project_key = :project and number = :number`);

const selectRunByPromisedNumber = statement<{ project: number; number: number }, RunRow>(`
  select ${RUN_COLUMNS} from runs where project_key = :project and promised_number = :number and promised_id is not null`);

const selectRunByPromisedId = statement<{ project: number; id: string }, RunRow>(`
  select ${RUN_COLUMNS} from runs where promised_id = :id and project_key + 0 = :project`);

/** A run whose node took the result of an earlier run keeps no promise. */
const selectPromising = statement<{ project: number }, RunRow>(`
  select ${RUN_COLUMNS} from runs where project_key = :project and promised_id is not null and state <> 'complete' order by promised_number`);

const selectLatestNumber = statement<{ project: number }, { number: number }>(`
  select number from runs where project_key = :project order by number desc limit 1`);

const selectRunsById = statement<{ project: number; ids: string }, RunRow>(`
  ${RUN_KEYS} select ${RUN_COLUMNS} from runs where key in (select key from keys)`);

const insertRun = statement<
  {
    id: string;
    project: number;
    number: number;
    kind: string;
    name: string;
    title: string | null;
    tags: string;
    parameters: string;
    commit: string;
    jobs: number;
    actor: string;
    warnings: string | null;
    pool: string;
    owner: string | null;
    fence: number;
    promisedId: string | null;
    promisedNumber: number | null;
    traceparent: string | null;
    parts: string | null;
    at: number;
  },
  { key: number }
>(`
  insert into runs (id, project_key, number, kind, name, state, title, tags, tags_v, parameters, parameters_v, commit_id, jobs, actor, warnings, warnings_v, pool, owner,
    fence, promised_id, promised_number, traceparent, plan_parts, plan_parts_v, created_at)
  values (:id, :project, :number, :kind, :name, 'created', :title, :tags, ${TAGS.version}, :parameters, ${PARAMETERS.version}, :commit, :jobs, :actor,
    :warnings, ${WARNINGS.version}, :pool, :owner, :fence, :promisedId, :promisedNumber, :traceparent, :parts, ${PLAN_PARTS.version}, :at)
  returning key`);

const insertTag = statement<{ project: number; tag: string; number: number; name: string; runKey: number }>(`
  insert into run_tags (project_key, tag, state, number, name, run_key) values (:project, :tag, 'created', :number, :name, :runKey)`);

const insertCommit = statement<{ runKey: number; commit: string }>(
  "insert into run_commits (run_key, commit_id) values (:runKey, :commit)",
);

const insertPlannedStep = statement<{ runKey: number; position: number; step: string }>(`
  insert into planned_steps (run_key, position, step, v) values (:runKey, :position, :step, ${PLANNED_STEP.version})`);

const insertPlannedNode = statement<{ runKey: number; position: number; stepPosition: number; node: string }>(`
  insert into planned_nodes (run_key, position, step_position, node, v) values (:runKey, :position, :stepPosition, :node, ${PLANNED_NODE.version})`);

const insertNode = statement<{ runKey: number; name: string; position: number }>(`
  insert into nodes (run_key, name, position, state) values (:runKey, :name, :position, 'waiting')`);

const selectPlannedSteps = statement<{ runKey: number }, { step: string; v: number }>(`
  select step, v from planned_steps where run_key = :runKey order by position`);

const selectPlannedNodes = statement<{ runKey: number }, { step_position: number; node: string; v: number }>(`
  select step_position, node, v from planned_nodes where run_key = :runKey order by position`);

/** In place of a position, for nodes without a step. */
const NO_STEP = -1;

const selectPlannedNode = statement<{ project: number; id: string; name: string }, PlannedRow>(`
  select planned_nodes.node, planned_nodes.v as node_v, planned_steps.step, planned_steps.v as step_v
  from runs
  join nodes on nodes.run_key = runs.key and nodes.name = :name
  join planned_nodes on planned_nodes.run_key = runs.key and planned_nodes.position = nodes.position
  left join planned_steps on planned_steps.run_key = runs.key and planned_steps.position = planned_nodes.step_position
  where runs.id = :id and runs.project_key = :project`);

const updateDriver = statement<
  { project: number; id: string; fence: number; owner: string | null },
  { fence: number }
>(`
  update runs set owner = :owner, fence = fence + 1
  where id = :id and project_key = :project and fence = :fence and state not in ('complete', 'error', 'stopped')
  returning fence`);

const updateRunState = statement<{
  key: number;
  from: string;
  state: string;
  reason: string | null;
  startedAt: number | null;
  finishedAt: number | null;
}>(`
  update runs set state = :state, reason = :reason, started_at = coalesce(started_at, :startedAt), finished_at = :finishedAt
  where key = :key and state = :from`);

const updateTagState = statement<{ key: number; state: string }>(
  "update run_tags set state = :state where run_key = :key",
);

export async function createRun(change: Change, run: NewRun): Promise<RunRecord> {
  const { queries, project } = change;
  const { plan, at } = run;
  const id = run.id ?? createRecordId(at);
  const number = await nextNumber(queries, project);
  // The number is taken with a lock: whoever makes the same run meanwhile has made it by now.
  if (run.id !== undefined && (await findRun(queries, project, id)) !== undefined)
    throw new HeadraceError("HR_CONFLICT", "this run was recorded before", { hint: "look it up in the list of runs" });
  const tags = [...new Set(run.tags)];
  const warnings = [...new Set(run.warnings)];
  const { key: runKey } = await getRow(queries, insertRun, {
    id,
    project,
    number,
    kind: plan.kind,
    name: plan.name,
    title: run.title ?? null,
    tags: JSON.stringify(tags),
    parameters: JSON.stringify(plan.parameters),
    commit: run.commit,
    jobs: run.jobs,
    actor: run.actor,
    warnings: warnings.length === 0 ? null : JSON.stringify(warnings),
    pool: run.pool ?? "",
    owner: run.owner ?? null,
    fence: run.owner === undefined ? 0 : 1,
    promisedId: run.promisesExecution === true ? createRecordId(at) : null,
    promisedNumber: run.promisesExecution === true ? await nextNumber(queries, project) : null,
    traceparent: run.traceparent ?? null,
    parts: partsOf(plan),
    at,
  });
  await queries.runMany(
    insertTag,
    tags.map((tag) => ({ project, tag, number, name: plan.name, runKey })),
  );
  await insertPlan(queries, runKey, plan);
  const commits = new Set(plan.nodes.flatMap(({ commit }) => (commit === undefined ? [] : [commit])));
  await queries.runMany(
    insertCommit,
    [...commits].map((commit) => ({ runKey, commit })),
  );
  change.emit(runKey, at, { kind: "run-created", runId: id, number, name: plan.name }, { actor: run.actor });
  for (const message of warnings) change.emit(runKey, at, { kind: "warning", runId: id, message });
  const detail = { number, kind: plan.kind, name: plan.name };
  await recordAudit(change, { at, actor: run.actor, action: "run.create", subject: { kind: "run", id }, detail });
  return toRun(await getRow(queries, selectRun, { project, id }));
}

function partsOf({ groups = [], outputs = [] }: Plan): string | null {
  const parts: PlanParts = { groups, outputs };
  return groups.length + outputs.length === 0 ? null : JSON.stringify(parts);
}

/**
 * One row per node, so that no row is large, and one per distinct step: the 100,000 nodes of a fan-out share theirs,
 * which is the larger part of a planned node.
 */
async function insertPlan(queries: Queries, runKey: number, plan: Plan): Promise<void> {
  const positionOfText = new Map<string, number>();
  const positionOfStep = new Map<ReturnType<typeof stepOf>, number>();
  for (const step of plan.nodes.values().map(stepOf)) {
    if (step === undefined || positionOfStep.has(step)) continue;
    const text = JSON.stringify(step);
    const position = positionOfText.get(text) ?? positionOfText.size;
    positionOfText.set(text, position);
    positionOfStep.set(step, position);
  }
  await queries.runMany(
    insertPlannedStep,
    positionOfText.entries().map(([step, position]) => ({ runKey, position, step })),
  );
  await queries.runMany(
    insertPlannedNode,
    plan.nodes.values().map((planned, position) => {
      const { step, ...node } = planned;
      return { runKey, position, stepPosition: positionOfStep.get(step) ?? NO_STEP, node: JSON.stringify(node) };
    }),
  );
  await queries.runMany(
    insertNode,
    plan.nodes.values().map(({ name }, position) => ({ runKey, name, position })),
  );
}

export async function getPlan(queries: Queries, project: number, id: string): Promise<Plan | undefined> {
  const run = await findRun(queries, project, id);
  if (run === undefined) return undefined;
  const steps = (await queries.all(selectPlannedSteps, { runKey: run.key })).map((row) =>
    PLANNED_STEP.read(row.v, row.step),
  );
  const nodes = (await queries.all(selectPlannedNodes, { runKey: run.key })).map((row) =>
    withStep(PLANNED_NODE.read(row.v, row.node), steps[row.step_position]),
  );
  const { groups, outputs } = toRun(run);
  return {
    ...{ kind: run.kind, name: run.name, nodes, parameters: PARAMETERS.read(run.parameters_v, run.parameters) },
    ...(groups === undefined ? {} : { groups }),
    ...(outputs === undefined ? {} : { outputs }),
  };
}

export function findRun(queries: Queries, project: number, id: string): Promise<RunRow | undefined> {
  return queries.get(selectRun, { project, id });
}

/** For changes: the run stays in its state until the end of the transaction. */
export async function requireRun(queries: Queries, project: number, id: string): Promise<RunRow> {
  const row = await queries.get(selectRunToChange, { project, id });
  if (row !== undefined) return row;
  throw new HeadraceError("HR_NOT_FOUND", `no run with the id ${id} is recorded`, {
    hint: [{ do: "list-runs" }, " lists the runs"],
  });
}

/** The run, if `fence` is the latest that was given, or none is asked for. */
export function requireDriver(run: RunRow, fence: number | undefined): RunRow {
  if (fence === undefined || run.fence === fence) return run;
  const driver = run.owner === null ? "nobody" : run.owner;
  throw new RefusedWrite(
    "fence",
    `run ${run.number} is driven by ${driver} under fence ${run.fence}; a write with fence ${fence} is refused`,
    "stop driving this run: another engine has taken it over",
  );
}

export async function claimRun(
  change: Change,
  id: string,
  {
    fence,
    owner,
    wish,
  }: { readonly fence: number; readonly owner: string | undefined; readonly wish?: Wish | undefined },
): Promise<number | undefined> {
  const { queries, project } = change;
  const claimed = await queries.get(updateDriver, { id, project, fence, owner: owner ?? null });
  if (claimed === undefined) await requireRun(queries, project, id);
  else if (wish !== undefined)
    await recordAudit(change, { ...wish, action: "run.resume", subject: { kind: "run", id } });
  return claimed?.fence;
}

export async function getPlannedNode(
  queries: Queries,
  project: number,
  id: string,
  name: string,
): Promise<PlannedNode | undefined> {
  const row = await queries.get(selectPlannedNode, { project, id, name });
  return row && withStep(PLANNED_NODE.read(row.node_v, row.node), readStep(row));
}

export async function findRunByNumber(
  queries: Queries,
  project: number,
  number: number,
): Promise<RunRecord | undefined> {
  const row = await queries.get(selectRunByNumber, { project, number });
  return row && toRun(row);
}

/** The run whose execution will have this number, while that is not there. */
export async function findPromise(
  queries: Queries,
  project: number,
  by: { readonly number: number } | { readonly id: string },
): Promise<RunRecord | undefined> {
  const row =
    "id" in by
      ? await queries.get(selectRunByPromisedId, { project, ...by })
      : await queries.get(selectRunByPromisedNumber, { project, ...by });
  return row && toRun(row);
}

export async function listPromising(queries: Queries, project: number): Promise<readonly RunRecord[]> {
  return (await queries.all(selectPromising, { project })).map(toRun);
}

export async function latestNumber(queries: Queries, project: number): Promise<number | undefined> {
  return (await queries.get(selectLatestNumber, { project }))?.number;
}

/** Those of the ids that are there, in no order. */
export async function listRunsById(queries: Queries, project: number, ids: string): Promise<readonly RunRecord[]> {
  return (await queries.all(selectRunsById, { project, ids })).map(toRun);
}

export async function setRunState(
  change: Change,
  id: string,
  { state, reason, at, fence }: RunStateChange,
): Promise<void> {
  const { queries, project } = change;
  const run = requireDriver(await requireRun(queries, project, id), fence);
  if (run.state === state && !isFinal(state)) return;
  requireTransition(RUN_TRANSITIONS, `run ${run.number}`, run.state, state);
  const changed = await queries.run(updateRunState, {
    key: run.key,
    from: run.state,
    state,
    reason: reason ?? null,
    startedAt: state === "started" ? at : null,
    finishedAt: isFinal(state) ? at : null,
  });
  if (changed === 0) throw lostRace(`run ${run.number}`);
  await queries.run(updateTagState, { key: run.key, state });
  change.emit(run.key, at, { kind: "run-state", runId: id, state, ...(reason !== undefined && { reason }) });
}

/** If transactions may overlap, a guarded update finds the row changed since it was read. */
export function lostRace(thing: string): RefusedWrite {
  return new RefusedWrite(
    "lost",
    `${thing} was changed by another process at the same moment`,
    "read its record again",
  );
}
