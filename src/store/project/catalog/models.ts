import { LATEST } from "../../../data-address.ts";
import { type Queries, statement } from "../../database.ts";
import { MODEL_EVIDENCE, MODEL_FACTS } from "../../documents/model-documents.ts";
import { DATUM_PROPERTIES } from "../../documents/record-documents.ts";
import type { Actor } from "../../events/actor.ts";
import { IDS, joinIds } from "../execution-keys.ts";
import { getAlias } from "./aliases.ts";
import type { NamePage, VersionFile } from "./catalog-records.ts";
import type { ModelDecision, ModelRecord, ModelState, ModelVersionRecord } from "./model-records.ts";

interface ModelRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly actor: string;
  readonly created_at: number;
  readonly version_count: number | bigint;
}

interface VersionRow {
  readonly id: string;
  readonly model_id: string;
  readonly model: string;
  readonly number: number;
  readonly state: ModelState;
  readonly decisions: number;
  readonly file_count: number;
  readonly size_bytes: number;
  readonly execution_id: string | null;
  readonly actor: string;
  readonly note: string;
  readonly created_at: number;
  readonly v: number;
  readonly facts: string;
}

interface FileRow {
  readonly name: string;
  readonly id: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly properties: string;
  readonly properties_v: number;
  readonly purged_at: number | null;
}

interface DecisionRow {
  readonly ordinal: number;
  readonly state: ModelState;
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
  readonly v: number | null;
  readonly evidence: string | null;
}

const MODELS = `
  select models.id, models.name, models.description, models.actor, models.created_at,
    (select count(*) from model_versions where model_versions.model_id = models.id) as version_count
  from models`;

const VERSIONS = `
  select model_versions.id, model_versions.model_id, models.name as model, model_versions.number, model_versions.state,
    model_versions.decisions, model_versions.file_count, model_versions.size_bytes, executions.id as execution_id,
    model_versions.actor, model_versions.note, model_versions.created_at, model_versions.v, model_versions.facts
  from model_versions join models on models.id = model_versions.model_id
  left join executions on executions.key = model_versions.execution_key`;

const selectModel = statement<{ project: number; name: string }, ModelRow>(
  `${MODELS} where models.project_key = :project and models.name = :name`,
);

const selectModels = statement<{ project: number; after: string; limit: number }, ModelRow>(
  `${MODELS} where models.project_key = :project and models.name > :after order by models.name limit :limit`,
);

const selectVersion = statement<{ project: number; id: string }, VersionRow>(
  `${VERSIONS} where model_versions.id = :id and models.project_key = :project`,
);

const selectNumbered = statement<{ model: string; number: number }, VersionRow>(
  `${VERSIONS} where model_versions.model_id = :model and model_versions.number = :number`,
);

const selectVersions = statement<{ model: string; before: number; limit: number }, VersionRow>(`
  ${VERSIONS} where model_versions.model_id = :model and model_versions.number < :before
  order by model_versions.number desc limit :limit`);

const selectNewestUsable = statement<{ model: string }, VersionRow>(`
  ${VERSIONS} where model_versions.model_id = :model and model_versions.state <> 'rejected'
  order by model_versions.number desc limit 1`);

const selectOfExecutions = statement<{ project: number; ids: string }, VersionRow>(`
  ${IDS} ${VERSIONS} join ids on ids.id = executions.id where models.project_key = :project
  order by models.name, model_versions.number`);

const selectTags = statement<{ id: string }, { tag: string }>(
  "select tag from model_version_tags where version_id = :id order by tag",
);

const selectFiles = statement<{ id: string }, FileRow>(`
  select model_version_files.name, datums.id, datums.size_bytes, datums.sha256, datums.properties, datums.properties_v,
    datums.purged_at
  from model_version_files join datums on datums.key = model_version_files.datum_key
  where model_version_files.version_id = :id order by model_version_files.name`);

const selectDecisions = statement<{ id: string }, DecisionRow>(`
  select ordinal, state, at, actor, reason, v, evidence from model_decisions
  where version_id = :id order by ordinal desc`);

export async function findModel(queries: Queries, project: number, name: string): Promise<ModelRecord | undefined> {
  const row = await queries.get(selectModel, { project, name });
  return row && (await toModel(queries, row));
}

/** By name. */
export async function listModels(
  queries: Queries,
  project: number,
  { after = "", limit }: NamePage,
): Promise<readonly ModelRecord[]> {
  const models: ModelRecord[] = [];
  for (const row of await queries.all(selectModels, { project, after, limit }))
    models.push(await toModel(queries, row));
  return models;
}

export async function getModelVersion(
  queries: Queries,
  project: number,
  id: string,
): Promise<ModelVersionRecord | undefined> {
  const row = await queries.get(selectVersion, { project, id });
  return row && (await toVersion(queries, row));
}

/** The newest first. */
export async function listModelVersions(
  queries: Queries,
  modelId: string,
  { before = Number.MAX_SAFE_INTEGER, limit }: { readonly before?: number; readonly limit: number },
): Promise<readonly ModelVersionRecord[]> {
  const rows = await queries.all(selectVersions, { model: modelId, before, limit });
  const versions: ModelVersionRecord[] = [];
  for (const row of rows) versions.push(await toVersion(queries, row));
  return versions;
}

/** The versions that these executions made. */
export async function modelVersionsMadeBy(
  queries: Queries,
  project: number,
  executionIds: Iterable<string>,
): Promise<readonly ModelVersionRecord[]> {
  const versions: ModelVersionRecord[] = [];
  for (const row of await queries.all(selectOfExecutions, { project, ids: joinIds(executionIds) }))
    versions.push(await toVersion(queries, row));
  return versions;
}

/** The version that a number or an alias stands for; `latest` is the newest that was not rejected. */
export async function resolveModelVersion(
  queries: Queries,
  project: number,
  { id: model }: Pick<ModelRecord, "id">,
  ref: string,
): Promise<ModelVersionRecord | undefined> {
  if (ref === LATEST) return await versionOf(queries, await queries.get(selectNewestUsable, { model }));
  if (isVersionNumber(ref)) {
    const number = Number(ref);
    return await versionOf(queries, await queries.get(selectNumbered, { model, number }));
  }
  const alias = await getAlias(queries, project, { kind: "model", owner: model, name: ref });
  return alias?.target === undefined ? undefined : await getModelVersion(queries, project, alias.target);
}

/** True for a text that names a version by its number: no alias can be called so. */
export function isVersionNumber(ref: string): boolean {
  return /^[1-9]\d{0,9}$/.test(ref);
}

/** By name. */
export async function modelFiles(queries: Queries, versionId: string): Promise<readonly VersionFile[]> {
  return (await queries.all(selectFiles, { id: versionId })).map((row) => ({
    ...{ name: row.name, datumId: row.id, sizeBytes: row.size_bytes, sha256: row.sha256 },
    properties: DATUM_PROPERTIES.read(row.properties_v, row.properties),
    ...(row.purged_at !== null && { purgedAt: row.purged_at }),
  }));
}

/** The newest first. */
export async function modelDecisions(queries: Queries, versionId: string): Promise<readonly ModelDecision[]> {
  return (await queries.all(selectDecisions, { id: versionId })).map((row) => ({
    ...{ ordinal: row.ordinal, state: row.state, at: row.at, actor: row.actor as Actor, reason: row.reason },
    ...(row.evidence !== null && { evidence: MODEL_EVIDENCE.read(row.v ?? 1, row.evidence) }),
  }));
}

async function versionOf(queries: Queries, row: VersionRow | undefined): Promise<ModelVersionRecord | undefined> {
  return row && (await toVersion(queries, row));
}

async function toModel(queries: Queries, row: ModelRow): Promise<ModelRecord> {
  const [latest] = await listModelVersions(queries, row.id, { limit: 1 });
  return {
    ...{ id: row.id, name: row.name, description: row.description, actor: row.actor as Actor },
    ...{ createdAt: row.created_at, versionCount: Number(row.version_count) },
    ...(latest !== undefined && { latest }),
  };
}

async function toVersion(queries: Queries, row: VersionRow): Promise<ModelVersionRecord> {
  return {
    ...{ id: row.id, modelId: row.model_id, model: row.model, number: row.number, state: row.state },
    ...{ decisions: row.decisions, fileCount: row.file_count, sizeBytes: row.size_bytes },
    ...(row.execution_id !== null && { executionId: row.execution_id }),
    ...{ actor: row.actor as Actor, note: row.note, createdAt: row.created_at },
    tags: (await queries.all(selectTags, { id: row.id })).map(({ tag }) => tag),
    facts: MODEL_FACTS.read(row.v, row.facts),
  };
}
