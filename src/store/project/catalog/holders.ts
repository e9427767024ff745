import { type Queries, statement } from "../../database.ts";
import { IDS, joinIds } from "../execution-keys.ts";
import type { DatumHolder } from "./catalog-records.ts";

type Asked = { project: number; ids: string };

const selectAliasHolders = statement<Asked, { datum_id: string; name: string }>(`
  ${IDS}
  select ids.id as datum_id, aliases.name from ids join aliases on aliases.target = ids.id
  where aliases.project_key = :project and aliases.kind = 'datum' order by aliases.name`);

/** A version holds what any of its layers has: what a later layer hides may be needed by nobody, yet costs little. */
const selectVersionHolders = statement<Asked, { datum_id: string; dataset: string; version: string }>(`
  ${IDS}
  select distinct ids.id as datum_id, datasets.name as dataset, dataset_versions.name as version
  from ids join datums on datums.id = ids.id join dataset_entries on dataset_entries.datum_key = datums.key
  join dataset_version_layers on dataset_version_layers.layer_key = dataset_entries.layer_key
  join dataset_versions on dataset_versions.id = dataset_version_layers.version_id
  join datasets on datasets.id = dataset_versions.dataset_id
  where datasets.project_key = :project order by dataset, version`);

const selectModelHolders = statement<Asked, { datum_id: string; model: string; number: number }>(`
  ${IDS}
  select ids.id as datum_id, models.name as model, model_versions.number
  from ids join datums on datums.id = ids.id join model_version_files on model_version_files.datum_key = datums.key
  join model_versions on model_versions.id = model_version_files.version_id
  join models on models.id = model_versions.model_id
  where models.project_key = :project order by model, number`);

/** Returns the aliases and versions that keep files. */
export async function holdersOf(
  queries: Queries,
  project: number,
  datumIds: Iterable<string>,
): Promise<readonly DatumHolder[]> {
  const asked = { project, ids: joinIds(datumIds) };
  const aliases = await queries.all(selectAliasHolders, asked);
  const versions = await queries.all(selectVersionHolders, asked);
  const models = await queries.all(selectModelHolders, asked);
  return [
    ...aliases.map(({ datum_id, name }): DatumHolder => ({ datumId: datum_id, kind: "alias", name })),
    ...versions.map(({ datum_id, dataset, version }): DatumHolder => {
      return { datumId: datum_id, kind: "dataset-version", name: `${dataset}/${version}` };
    }),
    ...models.map(({ datum_id, model, number }): DatumHolder => {
      return { datumId: datum_id, kind: "model-version", name: `${model}/${number}` };
    }),
  ];
}

/** A run of which aliases and versions keep files. */
export interface HeldRun {
  readonly runKey: number;
  /** One of them: an alias, or `NAME/VERSION`. */
  readonly by: string;
  /** The number of them. */
  readonly holders: number;
}

type HeldRow = { run_key: number; holder: string; holders: number | string };

const selectRunsOfAliases = statement<{ project: number }, HeldRow>(`
  select executions.run_key, min(aliases.name) as holder, count(*) as holders
  from aliases join datums on datums.id = aliases.target join executions on executions.key = datums.execution_key
  where aliases.project_key = :project and aliases.kind = 'datum' group by executions.run_key`);

/** The files of a layer are looked up once, however many versions have it. */
const selectRunsOfVersions = statement<{ project: number }, HeldRow>(`
  with held as (
    select distinct dataset_entries.layer_key, executions.run_key
    from dataset_layers join dataset_entries on dataset_entries.layer_key = dataset_layers.key
    join datums on datums.key = dataset_entries.datum_key join executions on executions.key = datums.execution_key
    where dataset_layers.project_key = :project)
  select held.run_key, min(datasets.name || '/' || dataset_versions.name) as holder,
    count(distinct dataset_versions.id) as holders
  from held join dataset_version_layers on dataset_version_layers.layer_key = held.layer_key
  join dataset_versions on dataset_versions.id = dataset_version_layers.version_id
  join datasets on datasets.id = dataset_versions.dataset_id
  group by held.run_key`);

const selectRunsOfModels = statement<{ project: number }, HeldRow>(`
  select executions.run_key, min(models.name || '/' || model_versions.number) as holder,
    count(distinct model_versions.id) as holders
  from models join model_versions on model_versions.model_id = models.id
  join model_version_files on model_version_files.version_id = model_versions.id
  join datums on datums.key = model_version_files.datum_key join executions on executions.key = datums.execution_key
  where models.project_key = :project group by executions.run_key`);

/** Returns the runs of a project that made files which aliases or versions keep. */
export async function heldRuns(queries: Queries, project: number): Promise<readonly HeldRun[]> {
  const held = new Map<number, HeldRun>();
  for (const select of [selectRunsOfModels, selectRunsOfVersions, selectRunsOfAliases])
    for (const { run_key: runKey, holder, holders } of await queries.all(select, { project })) {
      const known = held.get(runKey);
      held.set(runKey, { runKey, by: known?.by ?? holder, holders: (known?.holders ?? 0) + Number(holders) });
    }
  return [...held.values()];
}

const selectHolder = statement<{ runKey: number }, { holder: string }>(`
  select aliases.name as holder from executions join datums on datums.execution_key = executions.key
  join aliases on aliases.target = datums.id where executions.run_key = :runKey
  union all
  select dataset_entries.name as holder from executions join datums on datums.execution_key = executions.key
  join dataset_entries on dataset_entries.datum_key = datums.key where executions.run_key = :runKey
  union all
  select model_version_files.name as holder from executions join datums on datums.execution_key = executions.key
  join model_version_files on model_version_files.datum_key = datums.key where executions.run_key = :runKey limit 1`);

/** True if an alias or a version keeps a file that the run made. */
export async function isHeld(queries: Queries, runKey: number): Promise<boolean> {
  return (await queries.get(selectHolder, { runKey })) !== undefined;
}

/** A condition on a row of `datums` that nothing keeps. */
export const IS_FREE = `not exists (select 1 from dataset_entries where dataset_entries.datum_key = datums.key)
    and not exists (select 1 from model_version_files where model_version_files.datum_key = datums.key)
    and not exists (select 1 from aliases where aliases.target = datums.id)`;
