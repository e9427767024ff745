import type {
  DatasetVersionView,
  DatasetView,
  NewVersion,
  Page,
  PageRequest,
  VersionDiffView,
  VersionFileView,
} from "../../api/index.ts";
import { compareText } from "../../data-address.ts";
import { HeadraceError } from "../../errors.ts";
import type {
  DatasetRecord,
  DatasetVersionRecord,
  ProjectStore,
  VersionChange,
  VersionFile,
} from "../../store/index.ts";
import type { Context } from "../context.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { isoTime } from "../records/view-of.ts";
import { requireDataset, requireName, requireVersion, requireVersionNamed } from "./named-version.ts";

/** By name. */
export async function listDatasets({ project }: Context, { limit, after }: PageRequest): Promise<Page<DatasetView>> {
  requirePageSize(limit);
  if (!project.hasState()) return { items: [], next: null };
  const store = await project.reader();
  const found = await store.datasets.list({ limit: limit + 1, ...(after !== undefined && { after }) });
  const items: DatasetView[] = [];
  for (const dataset of found.slice(0, limit)) items.push(await datasetView(store, dataset));
  return { items, next: found.length > limit ? (items.at(-1)?.name ?? null) : null };
}

export async function getDataset({ project }: Context, name: string): Promise<DatasetView> {
  const store = await project.reader();
  return await datasetView(store, await requireDataset(store, name));
}

/** The newest first. */
export async function listVersions(
  { project }: Context,
  name: string,
  { limit, after }: PageRequest,
): Promise<Page<DatasetVersionView>> {
  requirePageSize(limit);
  const store = await project.reader();
  const { id } = await requireDataset(store, name);
  const before = after === undefined ? {} : { before: placeIn(after) };
  const found = await store.datasets.versions(id, { ...before, limit: limit + 1 });
  const items = await versionViews(store, found.slice(0, limit));
  return { items, next: found.length > limit ? String(items.at(-1)?.number) : null };
}

export async function getVersion({ project }: Context, dataset: string, ref: string): Promise<DatasetVersionView> {
  const store = await project.reader();
  return await versionView(store, await requireVersion(store, dataset, ref));
}

/** By name. */
export async function versionFiles(
  { project }: Context,
  dataset: string,
  ref: string,
  { limit, after }: PageRequest,
): Promise<Page<VersionFileView>> {
  requirePageSize(limit);
  const store = await project.reader();
  const { id } = await requireVersion(store, dataset, ref);
  const items: VersionFileView[] = [];
  for await (const page of store.datasets.files(id, after, limit + 1)) {
    for (const file of page) items.push(fileView(file));
    if (items.length > limit) break;
  }
  return { items: items.slice(0, limit), next: items.length > limit ? (items[limit - 1]?.name ?? null) : null };
}

/** The changes from one version to another, which may be of another dataset; all are counted, a page is listed. */
export async function compareVersions(
  { project }: Context,
  dataset: string,
  ref: string,
  { since, limit, after }: PageRequest & { readonly since: string },
): Promise<VersionDiffView> {
  requirePageSize(limit);
  const store = await project.reader();
  const now = await requireVersion(store, dataset, ref);
  const old = await requireVersionNamed(store, since, dataset);
  const counts = { added: 0, removed: 0, changed: 0 };
  const items: VersionDiffView["items"][number][] = [];
  let more = false;
  for await (const page of store.datasets.compare(old.id, now.id))
    for (const change of page) {
      const view = changeView(change);
      counts[view.change]++;
      if (after !== undefined && compareText(change.name, after) <= 0) continue;
      if (items.length < limit) items.push(view);
      else more = true;
    }
  const next = more ? (items.at(-1)?.name ?? null) : null;
  return { before: nameOf(old), after: nameOf(now), ...counts, items, next };
}

/** Throws HR_CONFLICT where its name is taken, HR_NOT_FOUND for a file or version that is not there. */
export async function createVersion(
  { project, actor, now, recordId }: Context,
  dataset: string,
  { version, from, exclude = [], files, aliases = [], note = "" }: NewVersion,
): Promise<DatasetVersionView> {
  requireName("a dataset", dataset);
  if (version !== undefined) requireName("a version", version);
  for (const alias of aliases) requireName("an alias", alias);
  const store = await project.existingWriter();
  const parent = from === undefined ? undefined : await requireVersionNamed(store, from, dataset);
  await requireExcluded(store, parent, exclude);
  const named = await namedFiles(store, files);
  const made = await store.datasets.create(
    {
      ...(recordId !== undefined && { id: recordId }),
      ...(version !== undefined && { name: version }),
      ...(parent !== undefined && { parentId: parent.id }),
      ...{ dataset, exclude, files: named, aliases, note },
    },
    { actor, at: now() },
  );
  return await versionView(store, made);
}

export async function removeVersion({ project, actor, now }: Context, dataset: string, ref: string): Promise<void> {
  const store = await project.existingWriter();
  const { id } = await requireVersion(store, dataset, ref);
  await store.datasets.delete(id, { actor, at: now() });
}

async function requireExcluded(
  store: ProjectStore,
  parent: DatasetVersionRecord | undefined,
  exclude: readonly string[],
): Promise<void> {
  for (const name of exclude) {
    if (parent !== undefined && (await store.datasets.file(parent.id, name)) !== undefined) continue;
    const where =
      parent === undefined ? "no version is named that it is made from" : `${nameOf(parent)} has no such file`;
    throw new HeadraceError("HR_USAGE", `${JSON.stringify(name)} cannot be left out: ${where}`, {
      hint: "check the names of the files",
    });
  }
}

const FILES_AT_ONCE = 500;

/** Each under its own name, unless another is given. Throws HR_USAGE where two have one name. */
async function namedFiles(
  store: ProjectStore,
  files: NewVersion["files"],
): Promise<readonly { readonly name: string; readonly datumId: string }[]> {
  const unnamed = [...new Set(files.flatMap(({ file, name }) => (name === undefined ? [file] : [])))];
  const names = new Map<string, string>();
  for (let start = 0; start < unnamed.length; start += FILES_AT_ONCE)
    for (const { id, name } of await store.lineage.files(unnamed.slice(start, start + FILES_AT_ONCE)))
      names.set(id, name);
  const taken = new Map<string, string>();
  for (const { file, name = names.get(file) } of files) {
    if (name === undefined)
      throw new HeadraceError("HR_NOT_FOUND", `there is no stored file with the id ${JSON.stringify(file)}`, {
        hint: [{ do: "list-files" }, " lists the files of a run"],
      });
    const problem = name.split("/").some((part) => part === "" || part === "." || part === "..");
    if (problem)
      throw new HeadraceError("HR_USAGE", `${JSON.stringify(name)} is no path of a file in a version`, {
        hint: "give a relative path without `.` and `..`",
      });
    const other = taken.get(name);
    if (other !== undefined && other !== file)
      throw new HeadraceError("HR_USAGE", `two files would be called ${JSON.stringify(name)} in the version`, {
        hint: "name one of them, or give one another name",
      });
    taken.set(name, file);
  }
  return [...taken].map(([name, datumId]) => ({ name, datumId }));
}

async function datasetView(
  store: ProjectStore,
  { name, versionCount, latest, createdAt, actor }: DatasetRecord,
): Promise<DatasetView> {
  const newest = latest === undefined ? null : await versionView(store, latest);
  return { name, versions: versionCount, latest: newest, createdAt: isoTime(createdAt), createdBy: actor };
}

async function versionView(store: ProjectStore, version: DatasetVersionRecord): Promise<DatasetVersionView> {
  const [view] = await versionViews(store, [version]);
  if (view === undefined) throw new Error("a version has one view");
  return view;
}

/** Views of versions, with what stands elsewhere in the records. */
export async function versionViews(
  store: ProjectStore,
  versions: readonly DatasetVersionRecord[],
): Promise<readonly DatasetVersionView[]> {
  const aliases = await store.aliases.of(
    "dataset",
    versions.map(({ id }) => id),
  );
  const makers = await store.lineage.executions([...new Set(versions.flatMap(({ executionId }) => executionId ?? []))]);
  const numbers = new Map(makers.map(({ id, number }) => [id, number]));
  const views: DatasetVersionView[] = [];
  for (const version of versions) {
    const parent = version.parentId === undefined ? undefined : await store.datasets.version(version.parentId);
    views.push({
      ...{ id: version.id, dataset: version.dataset, version: version.name, uri: `dataset://${nameOf(version)}` },
      ...{ number: version.number, from: parent === undefined ? null : nameOf(parent) },
      ...{ files: version.fileCount, sizeBytes: version.sizeBytes },
      aliases: [...(aliases.get(version.id) ?? [])],
      note: version.note,
      execution: numbers.get(version.executionId ?? "") ?? null,
      createdAt: isoTime(version.createdAt),
      createdBy: version.actor,
      ...(version.deletedAt !== undefined && { deletedAt: isoTime(version.deletedAt) }),
    });
  }
  return views;
}

function nameOf({ dataset, name }: DatasetVersionRecord): string {
  return `${dataset}/${name}`;
}

function fileView({ name, datumId, sizeBytes, sha256, purgedAt }: VersionFile): VersionFileView {
  const facts = { name, file: datumId, uri: `datum://${datumId}`, sizeBytes, sha256 };
  return purgedAt === undefined ? facts : { ...facts, purgedAt: isoTime(purgedAt) };
}

function changeView({ name, before, after }: VersionChange): VersionDiffView["items"][number] {
  const facts = (file: VersionFile | undefined) =>
    file === undefined ? null : { file: file.datumId, sizeBytes: file.sizeBytes, sha256: file.sha256 };
  const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  return { name, change, before: facts(before), after: facts(after) };
}

function placeIn(after: string): number {
  const number = Number(after);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new HeadraceError("HR_USAGE", `${JSON.stringify(after)} is no place in a list`, {
    hint: "use `next` of a page",
  });
}
