export { copyDatabase } from "./copy/copy-database.ts";
export { type CopyReport, copyProject, type ProjectPlace } from "./copy/copy-project.ts";
export type {
  MachineUseRecord,
  UseMeasure,
  UseQuantity,
  UseRate,
  UseSeriesRecord,
} from "./documents/machine-use-document.ts";
export type {
  CheckedSubject,
  CheckRecord,
  ChecksVerdict,
  DriftedColumn,
  StepChecksRecord,
} from "./documents/step-checks-document.ts";
export { type Actor, type ActorKind, parseActor } from "./events/actor.ts";
export type { EventBody, EventKind, EventRecord, Subject } from "./events/event.ts";
export type { AuditEntry, AuditFilter, AuditLog, AuditRecord } from "./installation/audit.ts";
export { type AuditOrigin, type CallOrigin, withOrigin } from "./installation/audit-origin.ts";
export type { FilesPlace, HomeFolder } from "./installation/files-place.ts";
export type { InstallationStore } from "./installation/installation-store.ts";
export type * from "./installation/project-record.ts";
export type { WorkCounts } from "./installation/work-counts.ts";
export type { MetadataDatabase } from "./metadata-database.ts";
export {
  checkDatabaseFile,
  copyDatabaseFile,
  type DatabaseOptions,
  type DatabaseSettings,
  openDatabase,
  type StorePlace,
} from "./open-database.ts";
export type { AliasRepository } from "./project/catalog/alias-repository.ts";
export type * from "./project/catalog/catalog-records.ts";
export type { DatasetRepository } from "./project/catalog/dataset-repository.ts";
export type * from "./project/catalog/model-records.ts";
export { CHAMPION } from "./project/catalog/model-records.ts";
export type { ModelRepository } from "./project/catalog/model-repository.ts";
export type { DataRepository } from "./project/data-repository.ts";
export type { DatabaseEngines, EngineRepository } from "./project/engine-repository.ts";
export type { EventFeed, EventFilter, EventPage } from "./project/event-feed.ts";
export type { EventFollower } from "./project/event-follower.ts";
export { executionPages } from "./project/execution-pages.ts";
export type { ExecutionRepository } from "./project/execution-repository.ts";
export type * from "./project/housekeeping.ts";
export { datumIdsIn } from "./project/housekeeping.ts";
export type { FileLink, LinkedExecution } from "./project/lineage.ts";
export type { LineageRepository } from "./project/lineage-repository.ts";
export { INDEXED_NAME_LENGTH, INDEXED_TEXT_LENGTH } from "./project/lists/values.ts";
export type * from "./project/lists.ts";
export type { LiveLogRepository, LogPart } from "./project/live-log-repository.ts";
export type { KeptLog, KeptLogFacts, LogRepository, LogToKeep, WaitingLog } from "./project/log-repository.ts";
export type { MachineUseRepository, MachineUseToSave } from "./project/machine-use-repository.ts";
export type { MetadataRepository } from "./project/metadata-repository.ts";
export type { NodeRepository } from "./project/node-repository.ts";
export type { NumberedRecord, ProjectStore } from "./project/project-store.ts";
export type { QueueRepository } from "./project/queue-repository.ts";
export type * from "./project/requests.ts";
export type { ReuseRepository } from "./project/reuse-repository.ts";
export type { RunRepository } from "./project/run-repository.ts";
export type { SavedView, SavedViewRepository } from "./project/saved-view-repository.ts";
export { shownProperties } from "./project/shown-properties.ts";
export type { SnapshotRepository } from "./project/snapshot-repository.ts";
export type { ChecksBefore, ChecksOfExecution, StepChecksRepository } from "./project/step-checks-repository.ts";
export type * from "./records.ts";
export { FINAL_STATES } from "./records.ts";
export { type GuardedResult, outcomeOf, type Refusal, RefusedWrite } from "./refused-write.ts";
export { rejectionText } from "./rejection-text.ts";
export { isFinal } from "./transitions.ts";
