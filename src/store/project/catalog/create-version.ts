import { LATEST } from "../../../data-address.ts";
import { HeadraceError } from "../../../errors.ts";
import { type Change, getRow } from "../../change.ts";
import { type Queries, statement } from "../../database.ts";
import { recordAudit } from "../../installation/audit.ts";
import { createRecordId } from "../../record-id.ts";
import { IDS, joinIds } from "../execution-keys.ts";
import type { Wish } from "../requests.ts";
import { getAlias, moveAlias } from "./aliases.ts";
import type { DatasetVersionRecord, NewDatasetVersion } from "./catalog-records.ts";
import { getVersion, versionNamed } from "./datasets.ts";
import { addLayers, findEntries, type Layer, layersOf, mergedEntries, type NewEntry } from "./version-layers.ts";

const insertDataset = statement<{ id: string; project: number; name: string; actor: string; at: number }>(`
  insert into datasets (id, project_key, name, next_number, actor, created_at)
  values (:id, :project, :name, 1, :actor, :at) on conflict (project_key, name) do nothing`);

/** The second of two that make a version at once sees that of the first. */
const lockDataset = statement<{ project: number; name: string }, { id: string; next_number: number }>(
  "select id, next_number from datasets where project_key = :project and name = :name",
  { locks: "datasets" },
);

const updateNumber = statement<{ id: string; next: number }>("update datasets set next_number = :next where id = :id");

const insertVersion = statement<{
  id: string;
  dataset: string;
  number: number;
  name: string;
  parent: string | null;
  fileCount: number;
  sizeBytes: number;
  execution: string | null;
  actor: string;
  note: string;
  at: number;
}>(`
  insert into dataset_versions (id, dataset_id, number, name, parent_id, file_count, size_bytes, execution_key, actor, note, created_at)
  values (:id, :dataset, :number, :name, :parent, :fileCount, :sizeBytes,
    (select key from executions where id = :execution), :actor, :note, :at)`);

interface FileRow {
  readonly id: string;
  readonly key: number;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly purged_at: number | null;
}

/** Held until the end, so that none is purged or removed meanwhile. */
const selectFiles = statement<{ project: number; ids: string }, FileRow>(
  `
  ${IDS}
  select datums.id, datums.key, datums.size_bytes, datums.sha256, datums.purged_at
  from ids join datums on datums.id = ids.id where datums.project_key = :project`,
  { locks: "datums" },
);

const FILES_AT_ONCE = 2_000;

/**
 * Makes a version, and its dataset where there is none. One of the same name with the same files stands for it. Throws
 * before it writes anything but an empty dataset: HR_CONFLICT where the name is taken, HR_NOT_FOUND for a file or a
 * version that is not there.
 */
export async function createVersion(
  change: Change,
  wanted: NewDatasetVersion,
  { actor, at }: Wish,
): Promise<DatasetVersionRecord> {
  const { queries, project } = change;
  const { dataset, parentId, note, executionId } = wanted;
  const files = await filesOf(queries, project, wanted);
  const below = parentId === undefined ? [] : await layersBelow(queries, project, parentId);
  await queries.run(insertDataset, { id: createRecordId(at), project, name: dataset, actor, at });
  const { id: datasetId, next_number: number } = await getRow(queries, lockDataset, { project, name: dataset });
  const same = await requireFree(change, { datasetId, wanted, files });
  if (same !== undefined) return same;
  const name = wanted.name ?? (await freeName(queries, project, datasetId, number));
  const { entries, fileCount, sizeBytes } = await entriesOf(change, { wanted, files, below });
  if (fileCount === 0)
    throw new HeadraceError("HR_USAGE", `the version ${dataset}/${name} would have no files`, {
      hint: "name at least one file",
    });
  const id = wanted.id ?? createRecordId(at);
  await queries.run(updateNumber, { id: datasetId, next: number + 1 });
  await queries.run(insertVersion, {
    ...{ id, dataset: datasetId, number, name, parent: parentId ?? null, fileCount, sizeBytes },
    ...{ execution: executionId ?? null, actor, note, at },
  });
  await addLayers(queries, project, id, below, entries);
  const subject = { kind: "dataset-version", id };
  const detail = { name: `${dataset}/${name}`, files: fileCount, sizeBytes };
  await recordAudit(change, { at, actor, action: "dataset.version", subject, detail });
  for (const alias of new Set(wanted.aliases)) {
    const move = { target: id, comment: "", ...(executionId !== undefined && { executionId }) };
    await moveAlias(change, { kind: "dataset", owner: datasetId, name: alias }, move, { actor, at });
  }
  const made = await getVersion(queries, project, id);
  if (made === undefined) throw new Error(`the version ${id} is not there`);
  return made;
}

/** By the name in the version; of a name that is given twice the last file counts. */
async function filesOf(
  queries: Queries,
  project: number,
  { files, dataset }: NewDatasetVersion,
): Promise<ReadonlyMap<string, FileRow>> {
  const rows = new Map<string, FileRow>();
  const ids = [...new Set(files.map(({ datumId }) => datumId))];
  for (let start = 0; start < ids.length; start += FILES_AT_ONCE) {
    const page = joinIds(ids.slice(start, start + FILES_AT_ONCE));
    for (const row of await queries.all(selectFiles, { project, ids: page })) rows.set(row.id, row);
  }
  return new Map(
    files.map(({ name, datumId }) => {
      const row = rows.get(datumId);
      if (row === undefined)
        throw new HeadraceError("HR_NOT_FOUND", `there is no stored file with the id ${JSON.stringify(datumId)}`, {
          hint: [{ do: "list-files" }, " lists the files of a run"],
        });
      if (row.purged_at !== null)
        throw new HeadraceError("HR_CONFLICT", `${JSON.stringify(name)} was purged: ${dataset} cannot have it`, {
          hint: "name a file whose content is stored",
        });
      return [name, row];
    }),
  );
}

async function layersBelow(queries: Queries, project: number, parentId: string): Promise<readonly Layer[]> {
  const parent = await getVersion(queries, project, parentId);
  if (parent !== undefined && parent.deletedAt === undefined) return await layersOf(queries, parentId);
  const what =
    parent === undefined ? `there is no version ${parentId}` : `${parent.dataset}/${parent.name} was deleted`;
  throw new HeadraceError("HR_NOT_FOUND", `${what}: nothing can be made from it`, {
    hint: "name a version that is there",
  });
}

interface Wanted {
  readonly datasetId: string;
  readonly wanted: NewDatasetVersion;
  readonly files: ReadonlyMap<string, FileRow>;
}

/** Returns the version that has the name and the same files already. */
async function requireFree(change: Change, asked: Wanted): Promise<DatasetVersionRecord | undefined> {
  const { queries, project } = change;
  const { datasetId, wanted } = asked;
  const { dataset, name } = wanted;
  for (const alias of wanted.aliases) {
    if (alias !== LATEST && alias !== name && (await versionNamed(queries, datasetId, alias)) === undefined) continue;
    const why = alias === LATEST ? "stands for the newest version by itself" : "is the name of a version";
    throw new HeadraceError("HR_CONFLICT", `${alias} cannot be an alias of ${dataset}: it ${why}`, {
      hint: "give another alias",
    });
  }
  if (name === undefined) return undefined;
  const alias = await getAlias(queries, project, { kind: "dataset", owner: datasetId, name });
  if (name === LATEST || alias?.target !== undefined)
    throw new HeadraceError("HR_CONFLICT", `${dataset}/${name} is an alias: no version can be called so`, {
      hint: "give the version another name",
    });
  const known = await versionNamed(queries, datasetId, name);
  if (known === undefined) return undefined;
  if (known.deletedAt === undefined && (await hasSameFiles(queries, known, asked))) return known;
  const how = known.deletedAt === undefined ? "exists already, with other files" : "existed, and was deleted";
  throw new HeadraceError("HR_CONFLICT", `the version ${dataset}/${name} ${how}: versions never change`, {
    hint: "give the new version another name, or none",
  });
}

/** False for a version that is made of another one: it would have to be made to be compared. */
async function hasSameFiles(
  queries: Queries,
  known: DatasetVersionRecord,
  { wanted, files }: Wanted,
): Promise<boolean> {
  if (wanted.parentId !== undefined || known.fileCount !== files.size) return false;
  for await (const page of mergedEntries(queries, await layersOf(queries, known.id)))
    for (const { name, file } of page) if (file !== undefined && files.get(name)?.sha256 !== file.sha256) return false;
  return true;
}

async function freeName(queries: Queries, project: number, datasetId: string, number: number): Promise<string> {
  for (let next = number; ; next++) {
    const name = `v${next}`;
    const alias = await getAlias(queries, project, { kind: "dataset", owner: datasetId, name });
    if (alias?.target === undefined && (await versionNamed(queries, datasetId, name)) === undefined) return name;
  }
}

async function entriesOf(
  { queries, project }: Change,
  { wanted, files, below }: Pick<Wanted, "wanted" | "files"> & { readonly below: readonly Layer[] },
): Promise<{ readonly entries: readonly NewEntry[]; readonly fileCount: number; readonly sizeBytes: number }> {
  const taken = wanted.exclude.filter((name) => !files.has(name));
  const parent = wanted.parentId === undefined ? undefined : await getVersion(queries, project, wanted.parentId);
  let fileCount = parent?.fileCount ?? 0;
  let sizeBytes = parent?.sizeBytes ?? 0;
  const known =
    below.length === 0 ? new Map<string, never>() : await findEntries(queries, below, [...files.keys(), ...taken]);
  const entries: NewEntry[] = [];
  for (const [name, file] of files) {
    const before = known.get(name)?.file;
    if (before?.datumId === file.id) continue;
    if (before === undefined) fileCount++;
    sizeBytes += file.size_bytes - (before?.sizeBytes ?? 0);
    entries.push({ name, datum: file.key });
  }
  for (const name of new Set(taken)) {
    const before = known.get(name)?.file;
    if (before === undefined) continue;
    fileCount--;
    sizeBytes -= before.sizeBytes;
    entries.push({ name, datum: null });
  }
  return { entries, fileCount, sizeBytes };
}
