import { HeadraceError } from "../../../errors.ts";
import type { Change } from "../../change.ts";
import { statement } from "../../database.ts";
import { recordAudit } from "../../installation/audit.ts";
import type { Wish } from "../requests.ts";
import type { ProjectScope } from "../scope.ts";
import { aliasesOf } from "./aliases.ts";
import type {
  DatasetRecord,
  DatasetVersionRecord,
  DatumHolder,
  NamePage,
  NewDatasetVersion,
  VersionChange,
  VersionFile,
} from "./catalog-records.ts";
import { compareVersions } from "./compare-versions.ts";
import { createVersion } from "./create-version.ts";
import {
  findDataset,
  getDataset,
  getVersion,
  listDatasets,
  listVersions,
  resolveVersion,
  versionsMadeBy,
} from "./datasets.ts";
import { type HeldRun, heldRuns, holdersOf } from "./holders.ts";
import { findEntries, layersOf, mergedEntries, removeLayers } from "./version-layers.ts";

/** Datasets, and their versions: immutable sets of stored files. */
export interface DatasetRepository {
  find(name: string): Promise<DatasetRecord | undefined>;
  get(id: string): Promise<DatasetRecord | undefined>;
  /** By name. */
  list(page: NamePage): Promise<readonly DatasetRecord[]>;
  /** The newest first, without deleted ones; `before` is a number. */
  versions(
    datasetId: string,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly DatasetVersionRecord[]>;
  /** Also one that was deleted, which says so. */
  version(id: string): Promise<DatasetVersionRecord | undefined>;
  /** The version that its name, an alias or `latest` stands for; also a deleted one, by its name. */
  resolve(dataset: Pick<DatasetRecord, "id">, ref: string): Promise<DatasetVersionRecord | undefined>;
  /** The versions that these executions made. */
  madeBy(executionIds: Iterable<string>): Promise<readonly DatasetVersionRecord[]>;
  /** The files of a version behind a name, by name and in pages. */
  files(versionId: string, after?: string, atOnce?: number): AsyncIterable<readonly VersionFile[]>;
  /** A file of a version by its name. */
  file(versionId: string, name: string): Promise<VersionFile | undefined>;
  /** The differences between two versions, by name and in pages. */
  compare(before: string, after: string): AsyncIterable<readonly VersionChange[]>;
  /** Throws HR_CONFLICT where its name is taken, HR_NOT_FOUND for a file or version that is not there. */
  create(version: NewDatasetVersion, wish: Wish): Promise<DatasetVersionRecord>;
  /** Its record stays and says so. Throws HR_CONFLICT where an alias stands for it. */
  delete(versionId: string, wish: Wish): Promise<DatasetVersionRecord>;
  /** Returns the aliases and versions that keep these files. */
  holdersOf(datumIds: Iterable<string>): Promise<readonly DatumHolder[]>;
  /** Returns the runs that made files which aliases or versions keep. */
  heldRuns(): Promise<readonly HeldRun[]>;
}

export function datasetRepository({ database, project, change }: ProjectScope): DatasetRepository {
  return {
    find: (name) => findDataset(database, project, name),
    get: (id) => getDataset(database, project, id),
    list: (page) => listDatasets(database, project, page),
    versions: (datasetId, page) => listVersions(database, datasetId, page),
    version: (id) => getVersion(database, project, id),
    resolve: (dataset, ref) => resolveVersion(database, project, dataset, ref),
    madeBy: (executionIds) => versionsMadeBy(database, project, executionIds),
    files: async function* files(versionId, after, atOnce) {
      for await (const page of mergedEntries(database, await layersOf(database, versionId), after, atOnce))
        yield page.flatMap(({ file }) => file ?? []);
    },
    file: async (versionId, name) =>
      (await findEntries(database, await layersOf(database, versionId), [name])).get(name)?.file,
    compare: (before, after) => compareVersions(database, before, after),
    create: (version, wish) => change((open) => createVersion(open, version, wish)),
    delete: (versionId, wish) => change((open) => deleteVersion(open, versionId, wish)),
    holdersOf: (datumIds) => holdersOf(database, project, datumIds),
    heldRuns: () => heldRuns(database, project),
  };
}

const markDeleted = statement<{ id: string; at: number }>(
  "update dataset_versions set deleted_at = :at where id = :id and deleted_at is null",
);

/** Its name is never given again: who reads it in an old record must not find other files. */
async function deleteVersion(change: Change, id: string, { actor, at }: Wish): Promise<DatasetVersionRecord> {
  const { queries, project } = change;
  const version = await getVersion(queries, project, id);
  if (version === undefined)
    throw new HeadraceError("HR_NOT_FOUND", `there is no version ${JSON.stringify(id)}`, { hint: "list the versions" });
  if (version.deletedAt !== undefined) return version;
  const aliases = (await aliasesOf(queries, project, "dataset", [id])).get(id) ?? [];
  const name = `${version.dataset}/${version.name}`;
  if (aliases.length > 0)
    throw new HeadraceError("HR_CONFLICT", `${name} is kept: ${aliases.join(", ")} stands for it`, {
      hint: "move the alias to another version, or take it away",
    });
  await queries.run(markDeleted, { id, at });
  await removeLayers(queries, id);
  const detail = { name, files: version.fileCount, sizeBytes: version.sizeBytes };
  await recordAudit(change, { at, actor, action: "dataset.delete", subject: { kind: "dataset-version", id }, detail });
  return { ...version, deletedAt: at };
}
