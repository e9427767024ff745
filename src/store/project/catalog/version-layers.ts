import { compareText } from "../../../data-address.ts";
import { type Queries, statement, type Transaction } from "../../database.ts";
import { DATUM_PROPERTIES } from "../../documents/record-documents.ts";
import { namesOf } from "../execution-keys.ts";
import type { VersionFile } from "./catalog-records.ts";

/** A layer of a version's files; a later one goes before an earlier one. */
export interface Layer {
  readonly key: number;
  readonly entryCount: number;
}

/** An entry of a layer; without a file, it takes the name away. */
export interface Entry {
  readonly name: string;
  readonly file?: VersionFile;
}

const ROWS_AT_ONCE = 2_000;
const NAMES_AT_ONCE = 500;

interface EntryRow {
  readonly name: string;
  readonly id: string | null;
  readonly size_bytes: number | null;
  readonly sha256: string | null;
  readonly properties: string | null;
  readonly properties_v: number | null;
  readonly purged_at: number | null;
}

const FACTS = `dataset_entries.name, datums.id, datums.size_bytes, datums.sha256, datums.properties, datums.properties_v,
    datums.purged_at`;

const selectLayers = statement<{ id: string }, { key: number; entry_count: number }>(`
  select dataset_layers.key, dataset_layers.entry_count
  from dataset_version_layers join dataset_layers on dataset_layers.key = dataset_version_layers.layer_key
  where dataset_version_layers.version_id = :id order by dataset_version_layers.position`);

const selectEntries = statement<{ layer: number; after: string; limit: number }, EntryRow>(`
  select ${FACTS} from dataset_entries left join datums on datums.key = dataset_entries.datum_key
  where dataset_entries.layer_key = :layer and dataset_entries.name > :after
  order by dataset_entries.name limit :limit`);

const selectNamed = statement<{ layer: number; names: string }, EntryRow>(`
  with names (name) as (select key from json_each(:names))
  select ${FACTS}
  from names join dataset_entries on dataset_entries.layer_key = :layer and dataset_entries.name = names.name
  left join datums on datums.key = dataset_entries.datum_key`);

/** The layers of a version, the oldest first. */
export async function layersOf(queries: Queries, versionId: string): Promise<readonly Layer[]> {
  const rows = await queries.all(selectLayers, { id: versionId });
  return rows.map(({ key, entry_count }) => ({ key, entryCount: entry_count }));
}

/**
 * The entries of layers as one, by name and in pages: of a name that several have, that of the last layer. Names that
 * are taken away are among them.
 */
export async function* mergedEntries(
  queries: Queries,
  layers: readonly Layer[],
  after = "",
  atOnce = ROWS_AT_ONCE,
): AsyncGenerator<readonly Entry[]> {
  let open = layers;
  let from = after;
  while (open.length > 0) {
    const pages: (readonly EntryRow[])[] = [];
    for (const { key } of open)
      pages.push(await queries.all(selectEntries, { layer: key, after: from, limit: atOnce }));
    const full = pages.filter((rows) => rows.length === atOnce);
    // Behind the end of a page that was cut off, its layer may have names that stand before those of the others.
    const end = full.map((rows) => rows.at(-1)?.name ?? "").toSorted(compareText)[0];
    const merged = new Map<string, EntryRow>();
    for (const rows of pages)
      for (const row of rows) if (end === undefined || compareText(row.name, end) <= 0) merged.set(row.name, row);
    const entries = [...merged.values()].map(toEntry);
    if (pages.filter((rows) => rows.length > 0).length > 1) entries.sort((a, b) => compareText(a.name, b.name));
    if (entries.length > 0) yield entries;
    if (end === undefined) return;
    open = open.filter((_, index) => (pages[index]?.length ?? 0) > 0);
    from = end;
  }
}

/** Returns the entries that layers have for these names: of each, that of the last layer. */
export async function findEntries(
  queries: Queries,
  layers: readonly Layer[],
  names: readonly string[],
): Promise<ReadonlyMap<string, Entry>> {
  const found = new Map<string, Entry>();
  for (let start = 0; start < names.length; start += NAMES_AT_ONCE) {
    let open = names.slice(start, start + NAMES_AT_ONCE);
    for (const { key } of layers.toReversed()) {
      if (open.length === 0) break;
      for (const row of await queries.all(selectNamed, { layer: key, names: namesOf(open) }))
        found.set(row.name, toEntry(row));
      open = open.filter((name) => !found.has(name));
    }
  }
  return found;
}

const insertLayer = statement<{ project: number }, { key: number }>(
  "insert into dataset_layers (project_key, entry_count) values (:project, 0) returning key",
);
const insertEntry = statement<{ layer: number; name: string; datum: number | null }>(
  "insert into dataset_entries (layer_key, name, datum_key) values (:layer, :name, :datum)",
);
const takeOver = statement<{ layer: number; from: number }>(`
  insert into dataset_entries (layer_key, name, datum_key)
  select :layer, name, datum_key from dataset_entries where layer_key = :from on conflict (layer_key, name) do nothing`);
const dropTaken = statement<{ layer: number }>(
  "delete from dataset_entries where layer_key = :layer and datum_key is null",
);
const countEntries = statement<{ layer: number }>(`
  update dataset_layers set entry_count = (select count(*) from dataset_entries where layer_key = :layer)
  where key = :layer`);
const insertVersionLayer = statement<{ id: string; position: number; layer: number }>(
  "insert into dataset_version_layers (version_id, position, layer_key) values (:id, :position, :layer)",
);

export interface NewEntry {
  readonly name: string;
  /** Null takes the name away. */
  readonly datum: number | null;
}

/**
 * Gives a version the layers of another with these entries on top. Layers at the end that have no more entries than
 * what comes are made one with it, so that a version has some twenty layers at most, and adding a file costs what a
 * file costs, over many versions.
 */
export async function addLayers(
  queries: Transaction,
  project: number,
  versionId: string,
  below: readonly Layer[],
  entries: readonly NewEntry[],
): Promise<void> {
  const kept = [...below];
  if (entries.length > 0) {
    const { key: layer } = (await queries.get(insertLayer, { project })) ?? { key: 0 };
    await queries.runMany(
      insertEntry,
      entries.values().map(({ name, datum }) => ({ layer, name, datum })),
    );
    let count = entries.length;
    for (let last = kept.at(-1); last !== undefined && last.entryCount <= count; last = kept.at(-1)) {
      count += await queries.run(takeOver, { layer, from: last.key });
      kept.pop();
    }
    // There is nothing below of which a name could be taken away.
    if (kept.length === 0) await queries.run(dropTaken, { layer });
    await queries.run(countEntries, { layer });
    kept.push({ key: layer, entryCount: count });
  }
  await queries.runMany(
    insertVersionLayer,
    kept.values().map(({ key }, position) => ({ id: versionId, position, layer: key })),
  );
}

const deleteVersionLayers = statement<{ id: string }>("delete from dataset_version_layers where version_id = :id");
const deleteEntries = statement<{ layer: number }>(`
  delete from dataset_entries where layer_key = :layer
    and not exists (select 1 from dataset_version_layers where layer_key = :layer)`);
const deleteLayer = statement<{ layer: number }>(`
  delete from dataset_layers where key = :layer
    and not exists (select 1 from dataset_version_layers where layer_key = :layer)`);

/** Takes a version's layers from it; those that no other version has are removed. */
export async function removeLayers(queries: Transaction, versionId: string): Promise<void> {
  const layers = await layersOf(queries, versionId);
  await queries.run(deleteVersionLayers, { id: versionId });
  for (const { key: layer } of layers) {
    await queries.run(deleteEntries, { layer });
    await queries.run(deleteLayer, { layer });
  }
}

function toEntry({ name, id, size_bytes, sha256, properties, properties_v, purged_at }: EntryRow): Entry {
  if (id === null) return { name };
  return {
    name,
    file: {
      ...{ name, datumId: id, sizeBytes: size_bytes ?? 0, sha256: sha256 ?? "" },
      properties: properties === null ? {} : DATUM_PROPERTIES.read(properties_v ?? 1, properties),
      ...(purged_at !== null && { purgedAt: purged_at }),
    },
  };
}
