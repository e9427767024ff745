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

/** Returns the aliases and versions that keep files. */
export async function holdersOf(
  queries: Queries,
  project: number,
  datumIds: Iterable<string>,
): Promise<readonly DatumHolder[]> {
  const asked = { project, ids: joinIds(datumIds) };
  const aliases = await queries.all(selectAliasHolders, asked);
  const versions = await queries.all(selectVersionHolders, asked);
  return [
    ...aliases.map(({ datum_id, name }): DatumHolder => ({ datumId: datum_id, kind: "alias", name })),
    ...versions.map(({ datum_id, dataset, version }): DatumHolder => {
      return { datumId: datum_id, kind: "dataset-version", name: `${dataset}/${version}` };
    }),
  ];
}
