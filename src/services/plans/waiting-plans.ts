import type { PlanRequest } from "../../api/index.ts";
import { type InstallationScope, statement } from "../../store/sql.ts";
import type { ProjectResources } from "../installation/project-resources.ts";

/** The request and the code of a plan, so that another process can plan it again. */
export interface WaitingPlan {
  readonly request: PlanRequest;
  /** Digest of the plan that was made of it. */
  readonly digest: string;
}

/** A plan is worth a moment; a user who has looked at one for longer plans again. */
const KEPT_MS = 3_600_000;

const deleteOld = statement<{ before: number }>("delete from waiting_plans where planned_at < :before");

/** The same request, carried out again, plans once more. */
const insertPlan = statement<{ id: string; project: string; request: string; digest: string; at: number }>(`
  insert into waiting_plans (id, project_key, request, digest, planned_at)
  select :id, key, :request, :digest, cast(:at as bigint) from projects where id = :project
  on conflict (id) do update set request = excluded.request, digest = excluded.digest, planned_at = excluded.planned_at`);

const selectPlan = statement<{ id: string; project: string }, { request: string; digest: string }>(`
  select request, digest from waiting_plans
  where id = :id and project_key = (select key from projects where id = :project)`);

/** Keeps for all servers of the database what was planned. */
export async function keepPlan(
  project: ProjectResources,
  id: string,
  { request, digest }: WaitingPlan,
  at: number,
): Promise<void> {
  const { scope, projectId } = await recordsOf(project);
  await scope.change(async ({ queries }) => {
    await queries.run(deleteOld, { before: at - KEPT_MS });
    await queries.run(insertPlan, { id, project: projectId, request: JSON.stringify(request), digest, at });
  });
}

export async function findPlan(project: ProjectResources, id: string): Promise<WaitingPlan | undefined> {
  const { scope, projectId } = await recordsOf(project);
  const row = await scope.database.get(selectPlan, { id, project: projectId });
  return row && { request: JSON.parse(row.request) as PlanRequest, digest: row.digest };
}

async function recordsOf(project: ProjectResources): Promise<{ scope: InstallationScope; projectId: string }> {
  const { database, store } = await project.openRecords();
  return { scope: database.installation.scope, projectId: store.project.id };
}
