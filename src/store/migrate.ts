import { HeadraceError } from "../errors.ts";
import { type Database, type DdlWords, statement } from "./database.ts";
import { initial } from "./migrations/0001-initial.ts";
import { sharedWork } from "./migrations/0002-shared-work.ts";
import { queue } from "./migrations/0003-queue.ts";
import { notes } from "./migrations/0004-notes.ts";
import { received } from "./migrations/0005-received.ts";
import { projects } from "./migrations/0006-projects.ts";
import { events } from "./migrations/0007-events.ts";
import { documentVersions } from "./migrations/0008-document-versions.ts";
import { lists } from "./migrations/0009-lists.ts";
import { access } from "./migrations/0010-access.ts";
import { remarks } from "./migrations/0011-remarks.ts";
import { variables } from "./migrations/0012-variables.ts";
import { runCommits } from "./migrations/0013-run-commits.ts";
import { keptLogs } from "./migrations/0014-kept-logs.ts";
import { nodeExecutions } from "./migrations/0015-node-executions.ts";
import { liveLogs } from "./migrations/0016-live-logs.ts";
import { engineProcesses } from "./migrations/0017-engine-processes.ts";
import { approvals } from "./migrations/0018-approvals.ts";
import { promisedExecutions } from "./migrations/0019-promised-executions.ts";
import { keptAnswers } from "./migrations/0020-kept-answers.ts";
import { appendOnlyAudit } from "./migrations/0021-append-only-audit.ts";
import { approvalMoments } from "./migrations/0022-approval-moments.ts";
import { downloadLinks } from "./migrations/0023-download-links.ts";
import { machineUse } from "./migrations/0024-machine-use.ts";
import { projectCode } from "./migrations/0025-project-code.ts";
import { auditOrigin } from "./migrations/0026-audit-origin.ts";
import { waitingPlans } from "./migrations/0027-waiting-plans.ts";
import { runTraces } from "./migrations/0028-run-traces.ts";
import { filesByHash } from "./migrations/0029-files-by-hash.ts";
import { taskTrials } from "./migrations/0030-task-trials.ts";
import { purgedData } from "./migrations/0031-purged-data.ts";
import { savedViews } from "./migrations/0032-saved-views.ts";
import { stepChecks } from "./migrations/0033-step-checks.ts";
import { filesPlace } from "./migrations/0034-files-place.ts";
import { approvalTimeouts } from "./migrations/0035-approval-timeouts.ts";
import { childFiles } from "./migrations/0036-child-files.ts";
import { dataVersions } from "./migrations/0037-data-versions.ts";
import { taskList } from "./migrations/0038-task-list.ts";
import { homePlace } from "./migrations/0039-home-place.ts";
import { planParts } from "./migrations/0040-plan-parts.ts";
import { models } from "./migrations/0041-models.ts";

/** One step forward of the schema. Never changed once released; there is no way back but a backup. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly script: (words: DdlWords) => string;
}

export const MIGRATIONS: readonly Migration[] = [
  initial,
  sharedWork,
  queue,
  notes,
  received,
  projects,
  events,
  documentVersions,
  lists,
  access,
  remarks,
  variables,
  runCommits,
  keptLogs,
  nodeExecutions,
  liveLogs,
  engineProcesses,
  approvals,
  promisedExecutions,
  keptAnswers,
  appendOnlyAudit,
  approvalMoments,
  downloadLinks,
  machineUse,
  projectCode,
  auditOrigin,
  waitingPlans,
  runTraces,
  filesByHash,
  taskTrials,
  purgedData,
  savedViews,
  stepChecks,
  filesPlace,
  approvalTimeouts,
  childFiles,
  dataVersions,
  taskList,
  homePlace,
  planParts,
  models,
];

const createHistory = (words: DdlWords) => `
  create table if not exists schema_migrations (
    version ${words.integer} not null primary key,
    name ${words.text} not null,
    applied_at ${words.integer} not null
  ) ${words.table}`;

const addToHistory = statement<{ version: number; name: string; at: number }>(`
  insert into schema_migrations (version, name, applied_at) values (:version, :name, :at)`);

/**
 * Brings the schema to this program's version: nothing but one look when it is there already. All migrations run in one
 * transaction under the write lock, so that of several processes one migrates and the others find it done, and a crash
 * leaves the former schema.
 */
export async function migrate(database: Database, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  const target = migrations.at(-1)?.version ?? 0;
  if (!needsMigration(database, await database.schemaVersion(), target)) return;
  await database.transaction("immediate", async (transaction) => {
    const { dialect } = database;
    if (dialect.lockSchema !== undefined) await transaction.run(dialect.lockSchema, {});
    if (dialect.prepareSchema !== undefined) await transaction.execute(dialect.prepareSchema);
    await transaction.execute(createHistory(dialect.words));
    const { version } = (await transaction.get(readVersion, {})) ?? { version: 0 };
    if (!needsMigration(database, version, target)) return;
    for (const migration of migrations.filter((each) => each.version > version)) {
      await transaction.execute(migration.script(dialect.words));
      await transaction.run(addToHistory, { version: migration.version, name: migration.name, at: Date.now() });
    }
    await transaction.execute(dialect.setSchemaVersion(target));
  });
}

const readVersion = statement<Record<string, never>, { version: number }>(`
  select coalesce(max(version), 0) as version from schema_migrations`);

/** True if `migrate` would do something. Throws HR_STORE_NEWER as it does. */
export async function isOutdated(database: Database): Promise<boolean> {
  return needsMigration(database, await database.schemaVersion(), MIGRATIONS.at(-1)?.version ?? 0);
}

function needsMigration(database: Database, version: number, target: number): boolean {
  if (version <= target) return version < target;
  throw new HeadraceError(
    "HR_STORE_NEWER",
    `the database ${database.location} has schema version ${version}, made by a newer Headrace; this one knows versions up to ${target}`,
    { hint: "use the newer Headrace again, or upgrade this one; a schema cannot be taken back" },
  );
}
