import { HeadraceError } from "../../errors.ts";
import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import type { ClaimRecord, OpenExecutionRecord, RunState } from "../records.ts";
import { RefusedWrite } from "../refused-write.ts";
import { isFinal } from "../transitions.ts";
import { IS_QUEUED, OF_PROJECT } from "./execution-keys.ts";
import { type ClaimRow, type OpenExecutionRow, toClaim, toOpenExecution } from "./rows.ts";

/** The facts of an execution that a write to it needs. */
export interface HeldExecution {
  readonly key: number;
  readonly id: string;
  readonly number: number;
  readonly run_key: number;
  readonly run_id: string;
  readonly node: string;
  readonly state: RunState;
  readonly attempt: number;
  /** The trial of a task. */
  readonly trial: number | null;
  readonly fence: number;
  readonly owner: string | null;
  readonly warnings: string | null;
  readonly warnings_v: number;
}

const selectHeld = statement<{ project: number; id: string }, HeldExecution>(
  `
  select executions.key, executions.id, executions.number, executions.run_key, runs.id as run_id, executions.node, executions.state,
    executions.attempt, executions.trial, executions.fence, executions.owner, executions.warnings, executions.warnings_v
  from executions join runs on runs.key = executions.run_key
  where executions.id = :id and executions.${OF_PROJECT}`,
  // The facts that are checked here (fence, state) must still hold when the change is written.
  { locks: "executions" },
);

const updateToClaimed = statement<ClaimParameters, { fence: number }>(`
  update executions set state = 'started', fence = fence + 1, owner = :owner, started_at = :at
  where id = :id and ${OF_PROJECT} and ${IS_QUEUED}
  returning fence`);

const updateToAdopted = statement<{ id: string; project: number; owner: string; fence: number }, { fence: number }>(`
  update executions set fence = fence + 1, owner = :owner
  where id = :id and ${OF_PROJECT} and state in ('started', 'stopping') and fence = :fence
  returning fence`);

const CLAIM_SELECTION = `
  select executions.id, runs.id as run_id, executions.node, executions.state, executions.owner, executions.fence
  from executions join runs on runs.key = executions.run_key
  where executions.project_key = :project and executions.state in ('started', 'stopping')`;

const selectClaims = statement<{ project: number }, ClaimRow>(`${CLAIM_SELECTION} order by executions.number`);

const selectClaimsOfOwner = statement<{ project: number; owner: string }, ClaimRow>(`
  ${CLAIM_SELECTION} and executions.owner = :owner order by executions.number`);

const OPEN_SELECTION = `
  select executions.id, executions.number, runs.id as run_id, executions.node, executions.state, executions.environment_name,
    executions.owner, executions.fence
  from executions join runs on runs.key = executions.run_key
  where executions.state in ('queued', 'started', 'stopping')`;

const selectOpen = statement<{ project: number }, OpenExecutionRow>(`
  ${OPEN_SELECTION} and executions.project_key = :project order by executions.number`);

const selectOpenOfRun = statement<{ project: number; runId: string }, OpenExecutionRow>(`
  ${OPEN_SELECTION} and executions.run_key = (select key from runs where id = :runId and project_key = :project)
  order by executions.number`);

type ClaimParameters = {
  readonly id: string;
  readonly project: number;
  readonly owner: string;
  readonly at: number;
};

export interface Claimant {
  readonly owner: string;
  readonly at: number;
}

export async function claimExecution(change: Change, id: string, { owner, at }: Claimant): Promise<number | undefined> {
  const { queries, project } = change;
  // Asked together: over a network that is one exchange instead of two.
  const [claimed, execution] = await Promise.all([
    queries.get(updateToClaimed, { id, project, owner, at }),
    requireExecution(queries, project, id),
  ]);
  if (claimed === undefined) return undefined;
  change.emit(execution.run_key, at, {
    kind: "execution-state",
    runId: execution.run_id,
    executionId: id,
    node: execution.node,
    ...trialOf(execution),
    state: "started",
  });
  return claimed.fence;
}

/** Returns the trial of an execution of a task, for its events. */
export function trialOf({ trial }: { readonly trial?: number | null | undefined }): { readonly trial?: number } {
  return trial === null || trial === undefined ? {} : { trial: Number(trial) };
}

/** No event: a reader of a run need not know which process looks after it. */
export async function adoptExecution(
  change: Change,
  id: string,
  fence: number,
  owner: string,
): Promise<number | undefined> {
  const { queries, project } = change;
  const adopted = await queries.get(updateToAdopted, { id, project, fence, owner });
  if (adopted === undefined) await requireExecution(queries, project, id);
  return adopted?.fence;
}

export async function listClaimed(
  queries: Queries,
  project: number,
  owner: string | undefined,
): Promise<readonly ClaimRecord[]> {
  const rows =
    owner === undefined ? queries.all(selectClaims, { project }) : queries.all(selectClaimsOfOwner, { project, owner });
  return (await rows).map(toClaim);
}

/** Returns the executions that have not ended, oldest first. */
export async function listOpenExecutions(
  queries: Queries,
  project: number,
  runId: string | undefined,
): Promise<readonly OpenExecutionRecord[]> {
  const rows =
    runId === undefined ? queries.all(selectOpen, { project }) : queries.all(selectOpenOfRun, { project, runId });
  return (await rows).map(toOpenExecution);
}

export async function requireExecution(queries: Queries, project: number, id: string): Promise<HeldExecution> {
  const execution = await queries.get(selectHeld, { project, id });
  if (execution !== undefined) return execution;
  throw new HeadraceError("HR_NOT_FOUND", `no execution with the id ${id} is recorded`, {
    hint: [{ do: "show-run" }, " lists the executions of a run"],
  });
}

/**
 * The execution, if `fence` is the latest that was given: whoever has an older one has been replaced, and must not
 * write any more.
 */
export async function requireFence(change: Change, id: string, fence: number): Promise<HeldExecution> {
  const execution = await requireExecution(change.queries, change.project, id);
  if (execution.fence === fence) return execution;
  const holder = execution.owner === null ? "nobody yet" : execution.owner;
  throw new RefusedWrite(
    "fence",
    `execution ${execution.number} is held by ${holder} under fence ${execution.fence}; a write with fence ${fence} is refused`,
    "stop working on this execution: another engine has taken it over",
  );
}

/** The same for an execution that must not have ended. */
export async function requireHeld(change: Change, id: string, fence: number): Promise<HeldExecution> {
  const execution = await requireFence(change, id, fence);
  if (!isFinal(execution.state)) return execution;
  throw new RefusedWrite(
    "ended",
    `execution ${execution.number} has ended already (${execution.state}): nothing can be added to it`,
    "read its record again; another process has finished it",
  );
}
