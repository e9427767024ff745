import { HeadraceError } from "../../errors.ts";
import { COPIED_TABLES } from "../copy/copied-tables.ts";
import { statement, type Transaction } from "../database.ts";
import type { Wish } from "../project/requests.ts";
import { recordInstallationAudit } from "./audit.ts";
import { findProject, unknownProject } from "./projects.ts";

type OfProject = { readonly project: number };

const countUnfinished = statement<OfProject, { readonly count: number }>(`
  select count(*) as count from runs
  where project_key = :project and state in ('created', 'queued', 'started', 'stopping')`);

/**
 * The rows that refer to a project, each table after those that refer to it; the rest goes by itself. The audit log
 * tells of what was removed as well.
 */
const DELETIONS = [
  "delete from engines where project_key = :project",
  "delete from log_followers where project_key = :project",
  "delete from download_links where project_key = :project",
  ...COPIED_TABLES.filter(({ name }) => name !== "audit")
    .map(({ name, scope }) => `delete from ${name} where ${scope}`)
    .toReversed(),
  "delete from projects where key = :project",
].map((text) => statement<OfProject>(text));

/**
 * Removes a project with everything that is recorded of it. Throws HR_NOT_FOUND, and HR_CONFLICT while a run of it has
 * not ended.
 */
export async function removeProject(transaction: Transaction, id: string, { actor, at }: Wish): Promise<void> {
  const found = await findProject(transaction, id);
  if (found?.id !== id) throw unknownProject(id);
  const project = found.key;
  const { count = 0 } = (await transaction.get(countUnfinished, { project })) ?? {};
  if (count > 0)
    throw new HeadraceError(
      "HR_CONFLICT",
      `${count === 1 ? "a run" : `${count} runs`} of the project did not end yet`,
      {
        hint: "stop what runs, or wait for it",
      },
    );
  for (const deletion of DELETIONS) await transaction.run(deletion, { project });
  const subject = { kind: "project", id };
  const entry = { at, actor, action: "project.delete", subject, detail: { name: found.name } };
  await recordInstallationAudit(transaction, entry, id);
}
