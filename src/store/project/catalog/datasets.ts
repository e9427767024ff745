import { LATEST } from "../../../data-address.ts";
import { type Queries, statement } from "../../database.ts";
import type { Actor } from "../../events/actor.ts";
import { IDS, joinIds } from "../execution-keys.ts";
import { getAlias } from "./aliases.ts";
import type { DatasetRecord, DatasetVersionRecord, NamePage } from "./catalog-records.ts";

interface VersionRow {
  readonly id: string;
  readonly dataset_id: string;
  readonly dataset: string;
  readonly number: number;
  readonly name: string;
  readonly parent_id: string | null;
  readonly file_count: number;
  readonly size_bytes: number;
  readonly execution_id: string | null;
  readonly actor: string;
  readonly note: string;
  readonly created_at: number;
  readonly deleted_at: number | null;
}

interface DatasetRow {
  readonly id: string;
  readonly name: string;
  readonly actor: string;
  readonly created_at: number;
  readonly version_count: number | string;
}

const VERSION_ROWS = `
  select dataset_versions.id, dataset_versions.dataset_id, datasets.name as dataset, dataset_versions.number, dataset_versions.name,
    dataset_versions.parent_id, dataset_versions.file_count, dataset_versions.size_bytes, executions.id as execution_id,
    dataset_versions.actor, dataset_versions.note, dataset_versions.created_at, dataset_versions.deleted_at
  from dataset_versions join datasets on datasets.id = dataset_versions.dataset_id
  left join executions on executions.key = dataset_versions.execution_key`;

const DATASET_ROWS = `
  select id, name, actor, created_at,
    (select count(*) from dataset_versions where dataset_id = datasets.id and deleted_at is null) as version_count
  from datasets`;

const selectDataset = statement<{ project: number; name: string }, DatasetRow>(
  `${DATASET_ROWS} where project_key = :project and name = :name`,
);
const selectDatasetById = statement<{ project: number; id: string }, DatasetRow>(
  `${DATASET_ROWS} where project_key = :project and id = :id`,
);
const selectDatasets = statement<{ project: number; after: string; limit: number }, DatasetRow>(
  `${DATASET_ROWS} where project_key = :project and name > :after order by name limit :limit`,
);

const selectVersion = statement<{ project: number; id: string }, VersionRow>(
  `${VERSION_ROWS} where dataset_versions.id = :id and datasets.project_key = :project`,
);
const selectNamed = statement<{ dataset: string; name: string }, VersionRow>(
  `${VERSION_ROWS} where dataset_versions.dataset_id = :dataset and dataset_versions.name = :name`,
);
const selectVersions = statement<{ dataset: string; before: number; limit: number }, VersionRow>(`
  ${VERSION_ROWS} where dataset_versions.dataset_id = :dataset and dataset_versions.number < :before
    and dataset_versions.deleted_at is null
  order by dataset_versions.number desc limit :limit`);
const selectOfExecutions = statement<{ project: number; ids: string }, VersionRow>(`
  ${IDS}
  ${VERSION_ROWS.replace("from dataset_versions", "from ids join executions as makers on makers.id = ids.id join dataset_versions on dataset_versions.execution_key = makers.key")}
  where datasets.project_key = :project and dataset_versions.deleted_at is null order by dataset_versions.created_at`);

export async function findDataset(queries: Queries, project: number, name: string): Promise<DatasetRecord | undefined> {
  const row = await queries.get(selectDataset, { project, name });
  return row && (await toDataset(queries, row));
}

export async function getDataset(queries: Queries, project: number, id: string): Promise<DatasetRecord | undefined> {
  const row = await queries.get(selectDatasetById, { project, id });
  return row && (await toDataset(queries, row));
}

/** By name. */
export async function listDatasets(
  queries: Queries,
  project: number,
  { after = "", limit }: NamePage,
): Promise<readonly DatasetRecord[]> {
  const datasets: DatasetRecord[] = [];
  for (const row of await queries.all(selectDatasets, { project, after, limit }))
    datasets.push(await toDataset(queries, row));
  return datasets;
}

/** Also one that was deleted, which says so. */
export async function getVersion(
  queries: Queries,
  project: number,
  id: string,
): Promise<DatasetVersionRecord | undefined> {
  const row = await queries.get(selectVersion, { project, id });
  return row && toVersion(row);
}

/** Also one that was deleted, which says so. */
export async function versionNamed(
  queries: Queries,
  datasetId: string,
  name: string,
): Promise<DatasetVersionRecord | undefined> {
  const row = await queries.get(selectNamed, { dataset: datasetId, name });
  return row && toVersion(row);
}

/** The newest first, without deleted ones. */
export async function listVersions(
  queries: Queries,
  datasetId: string,
  { before = Number.MAX_SAFE_INTEGER, limit }: { readonly before?: number; readonly limit: number },
): Promise<readonly DatasetVersionRecord[]> {
  return (await queries.all(selectVersions, { dataset: datasetId, before, limit })).map(toVersion);
}

/** The versions that these executions made. */
export async function versionsMadeBy(
  queries: Queries,
  project: number,
  executionIds: Iterable<string>,
): Promise<readonly DatasetVersionRecord[]> {
  return (await queries.all(selectOfExecutions, { project, ids: joinIds(executionIds) })).map(toVersion);
}

/**
 * The version that a name or an alias of a dataset stands for; `latest` is its newest. Also one that was deleted, where
 * its name is asked for.
 */
export async function resolveVersion(
  queries: Queries,
  project: number,
  dataset: Pick<DatasetRecord, "id">,
  ref: string,
): Promise<DatasetVersionRecord | undefined> {
  if (ref === LATEST) return (await listVersions(queries, dataset.id, { limit: 1 }))[0];
  const named = await versionNamed(queries, dataset.id, ref);
  if (named !== undefined) return named;
  const alias = await getAlias(queries, project, { kind: "dataset", owner: dataset.id, name: ref });
  return alias?.target === undefined ? undefined : await getVersion(queries, project, alias.target);
}

async function toDataset(queries: Queries, row: DatasetRow): Promise<DatasetRecord> {
  const [latest] = await listVersions(queries, row.id, { limit: 1 });
  return {
    ...{ id: row.id, name: row.name, actor: row.actor as Actor, createdAt: row.created_at },
    versionCount: Number(row.version_count),
    ...(latest !== undefined && { latest }),
  };
}

function toVersion(row: VersionRow): DatasetVersionRecord {
  return {
    ...{ id: row.id, datasetId: row.dataset_id, dataset: row.dataset, number: row.number, name: row.name },
    ...(row.parent_id !== null && { parentId: row.parent_id }),
    ...{ fileCount: row.file_count, sizeBytes: row.size_bytes },
    ...(row.execution_id !== null && { executionId: row.execution_id }),
    ...{ actor: row.actor as Actor, note: row.note, createdAt: row.created_at },
    ...(row.deleted_at !== null && { deletedAt: row.deleted_at }),
  };
}
