import { applyChange } from "../change.ts";
import type { Database } from "../database.ts";
import type { ProjectRecord } from "../installation/project-record.ts";
import type { ExecutionRecord, RunRecord } from "../records.ts";
import { type ApprovalRepository, approvalRepository } from "./approval-repository.ts";
import { type AliasRepository, aliasRepository } from "./catalog/alias-repository.ts";
import { type DatasetRepository, datasetRepository } from "./catalog/dataset-repository.ts";
import { type ModelRepository, modelRepository } from "./catalog/model-repository.ts";
import { type DataRepository, dataRepository } from "./data-repository.ts";
import { type EngineRepository, engineRepository } from "./engine-repository.ts";
import { type EventFeed, eventFeed } from "./event-feed.ts";
import { type ExecutionRepository, executionRepository } from "./execution-repository.ts";
import { findExecutionByNumber } from "./executions.ts";
import { SqlHousekeeping, type StoreHousekeeping } from "./housekeeping.ts";
import { type LineageRepository, lineageRepository } from "./lineage-repository.ts";
import { SqlLists, type StoreLists } from "./lists.ts";
import { type LiveLogRepository, liveLogRepository } from "./live-log-repository.ts";
import { type LogRepository, logRepository } from "./log-repository.ts";
import { type MachineUseRepository, machineUseRepository } from "./machine-use-repository.ts";
import { type MetadataRepository, metadataRepository } from "./metadata-repository.ts";
import { type NodeRepository, nodeRepository } from "./node-repository.ts";
import { ProjectListeners } from "./project-listeners.ts";
import { type QueueRepository, queueRepository } from "./queue-repository.ts";
import { type ReuseRepository, reuseRepository } from "./reuse-repository.ts";
import { type RunRepository, runRepository } from "./run-repository.ts";
import { findRunByNumber } from "./runs.ts";
import { type SavedViewRepository, savedViewRepository } from "./saved-view-repository.ts";
import type { ProjectScope } from "./scope.ts";
import { type SnapshotRepository, snapshotRepository } from "./snapshot-repository.ts";
import { type StepChecksRepository, stepChecksRepository } from "./step-checks-repository.ts";
import { type TaskRepository, taskRepository } from "./task-repository.ts";

/**
 * The records of one project, in the words of the domain. A view of the database, which alone is closed.
 *
 * Every method that changes something is one transaction that also appends to the event log. All methods are
 * asynchronous, since PostgreSQL is; SQLite answers at once. `at` values are milliseconds since the epoch, from the
 * caller's clock.
 */
export interface ProjectStore {
  /** As it was when this view was made. */
  readonly project: ProjectRecord;
  readonly runs: RunRepository;
  readonly nodes: NodeRepository;
  readonly approvals: ApprovalRepository;
  readonly tasks: TaskRepository;
  readonly executions: ExecutionRepository;
  readonly queue: QueueRepository;
  readonly data: DataRepository;
  readonly aliases: AliasRepository;
  readonly datasets: DatasetRepository;
  readonly models: ModelRepository;
  readonly lineage: LineageRepository;
  readonly metadata: MetadataRepository;
  readonly logs: LogRepository;
  readonly liveLogs: LiveLogRepository;
  readonly machineUse: MachineUseRepository;
  readonly stepChecks: StepChecksRepository;
  readonly reuse: ReuseRepository;
  readonly engines: EngineRepository;
  readonly events: EventFeed;
  readonly snapshots: SnapshotRepository;
  readonly savedViews: SavedViewRepository;
  readonly lists: StoreLists;
  readonly housekeeping: StoreHousekeeping;
  /** For repositories of other rooms (`store/sql.ts`). */
  readonly scope: ProjectScope;
  /** Returns the run or execution that has this number: they share one counter. */
  findByNumber(number: number): Promise<NumberedRecord | undefined>;
}

export type NumberedRecord =
  | { readonly kind: "run"; readonly run: RunRecord }
  | { readonly kind: "execution"; readonly execution: ExecutionRecord };

/** The listeners in this process, shared by all views of the same project. */
export interface Listeners {
  readonly listeners: ProjectListeners;
  readonly ofAll: ProjectListeners;
}

function newListeners(database: Database, project: number): Listeners {
  const ofAll = new ProjectListeners(database);
  return { ofAll, listeners: new ProjectListeners(database, project, ofAll) };
}

/** The store of a project over any SQL database. */
export function projectStore(
  database: Database,
  record: ProjectRecord,
  { listeners, ofAll } = newListeners(database, record.key),
): ProjectStore {
  const project = record.key;
  const announce = () => listeners.announce();
  const scope: ProjectScope = { database, project, change: (work) => applyChange(database, project, work, announce) };
  return {
    project: record,
    scope,
    runs: runRepository(scope),
    nodes: nodeRepository(scope),
    approvals: approvalRepository(scope),
    tasks: taskRepository(scope),
    executions: executionRepository(scope),
    queue: queueRepository(scope),
    data: dataRepository(scope),
    aliases: aliasRepository(scope),
    datasets: datasetRepository(scope),
    models: modelRepository(scope),
    lineage: lineageRepository(scope),
    metadata: metadataRepository(scope),
    logs: logRepository(scope),
    liveLogs: liveLogRepository(scope),
    machineUse: machineUseRepository(scope),
    stepChecks: stepChecksRepository(scope),
    reuse: reuseRepository(scope),
    engines: engineRepository(scope, ofAll),
    events: eventFeed(scope, listeners),
    snapshots: snapshotRepository(scope),
    savedViews: savedViewRepository(scope),
    lists: new SqlLists(database, project),
    housekeeping: new SqlHousekeeping(database, project, announce),
    findByNumber: async (number) => {
      const run = await findRunByNumber(database, project, number);
      if (run !== undefined) return { kind: "run", run };
      const execution = await findExecutionByNumber(database, project, number);
      return execution && { kind: "execution", execution };
    },
  };
}
