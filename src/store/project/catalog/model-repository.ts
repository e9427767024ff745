import type { Wish } from "../requests.ts";
import type { ProjectScope } from "../scope.ts";
import type { AliasRecord, NamePage, VersionFile, WantedMove } from "./catalog-records.ts";
import { createModelVersion, decideModelVersion, moveModelAlias } from "./change-model.ts";
import type {
  ModelDecision,
  ModelRecord,
  ModelVersionRecord,
  NewModelVersion,
  WantedDecision,
} from "./model-records.ts";
import {
  findModel,
  getModelVersion,
  listModels,
  listModelVersions,
  modelDecisions,
  modelFiles,
  modelVersionsMadeBy,
  resolveModelVersion,
} from "./models.ts";

/** Models, and their versions: immutable sets of stored files with what was known of them. */
export interface ModelRepository {
  find(name: string): Promise<ModelRecord | undefined>;
  /** By name. */
  list(page: NamePage): Promise<readonly ModelRecord[]>;
  /** The newest first; `before` is a number. */
  versions(
    modelId: string,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly ModelVersionRecord[]>;
  /** The version that its number, an alias or `latest` stands for. */
  resolve(model: Pick<ModelRecord, "id">, ref: string): Promise<ModelVersionRecord | undefined>;
  version(id: string): Promise<ModelVersionRecord | undefined>;
  /** The versions that these executions made. */
  madeBy(executionIds: Iterable<string>): Promise<readonly ModelVersionRecord[]>;
  /** The files of a version, by name. */
  files(versionId: string): Promise<readonly VersionFile[]>;
  /** The states that a version came to be in, the newest first. */
  decisions(versionId: string): Promise<readonly ModelDecision[]>;
  create(version: NewModelVersion, wish: Wish): Promise<ModelVersionRecord>;
  /** Throws HR_CONFLICT where it is in that state, or somebody decided meanwhile. */
  decide(versionId: string, decision: WantedDecision, wish: Wish): Promise<ModelVersionRecord>;
  /** Throws HR_CONFLICT where it was moved meanwhile, or the version is rejected. */
  moveAlias(model: Pick<ModelRecord, "id" | "name">, alias: string, move: WantedMove, wish: Wish): Promise<AliasRecord>;
}

export function modelRepository({ database, project, change }: ProjectScope): ModelRepository {
  return {
    find: (name) => findModel(database, project, name),
    list: (page) => listModels(database, project, page),
    versions: (modelId, page) => listModelVersions(database, modelId, page),
    version: (id) => getModelVersion(database, project, id),
    resolve: (model, ref) => resolveModelVersion(database, project, model, ref),
    madeBy: (executionIds) => modelVersionsMadeBy(database, project, executionIds),
    files: (versionId) => modelFiles(database, versionId),
    decisions: (versionId) => modelDecisions(database, versionId),
    create: (version, wish) => change((open) => createModelVersion(open, version, wish)),
    decide: (versionId, decision, wish) => change((open) => decideModelVersion(open, versionId, decision, wish)),
    moveAlias: (model, alias, move, wish) => change((open) => moveModelAlias(open, model, alias, move, wish)),
  };
}
