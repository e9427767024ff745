import { readVersionAddress } from "../data-address.ts";
import { HeadraceError } from "../errors.ts";
import { type DatasetVersionRecord, shownProperties, type VersionFile } from "../store/index.ts";
import { safeFolderName } from "./file-name.ts";
import type { Source } from "./source.ts";
import type { FetchedFile, SourcesOptions } from "./sources.ts";
import { unavailable } from "./unavailable.ts";

/** `dataset://NAME/VERSION`: the files of a version. Aliases are resolved before a run begins. */
export function openDatasetSource({ blobs, store }: Pick<SourcesOptions, "blobs" | "store">): Source {
  const find = async (uri: string): Promise<DatasetVersionRecord> => {
    const { name, version = "" } = readVersionAddress(uri, "dataset") ?? {};
    if (name === undefined || version === "")
      throw unavailable(
        uri,
        "it names no version of a dataset",
        "write dataset://NAME/VERSION, or dataset://NAME/latest",
      );
    const dataset = await store.datasets.find(name);
    if (dataset === undefined)
      throw unavailable(uri, `there is no dataset "${name}"`, [{ do: "list-datasets" }, " lists those that there are"]);
    const found = await store.datasets.resolve(dataset, version);
    if (found?.deletedAt !== undefined)
      throw unavailable(uri, `it was deleted at ${new Date(found.deletedAt).toISOString()}`, "name another version");
    if (found !== undefined) return found;
    const hint = [{ do: "show-dataset", dataset: name }, " lists its versions and aliases"] as const;
    throw unavailable(uri, `the dataset has neither a version nor an alias "${version}"`, hint);
  };
  return {
    async check(uri) {
      const { id } = await find(uri);
      for await (const page of store.datasets.files(id)) for (const file of page) requireThere(uri, file);
    },
    async fetch(uri) {
      const { id } = await find(uri);
      const fetched: FetchedFile[] = [];
      for await (const page of store.datasets.files(id)) {
        for (const file of page) requireThere(uri, file);
        const missing = new Set(await blobs.missing(page.map(({ sha256 }) => sha256)));
        const lost = page.find(({ sha256 }) => missing.has(sha256));
        if (lost !== undefined)
          throw new HeadraceError(
            "HR_BLOB_MISSING",
            `input ${uri}: the content of "${lost.name}" (${lost.sha256}) is no longer stored`,
            { hint: "bring it back from a backup, or run again what made it" },
          );
        for (const file of page) fetched.push(fileOf(file));
      }
      return fetched;
    },
  };
}

function requireThere(uri: string, { name, purgedAt }: VersionFile): void {
  if (purgedAt === undefined) return;
  const when = new Date(purgedAt).toISOString();
  throw unavailable(uri, `its file "${name}" was purged at ${when}`, "name a version without it");
}

function fileOf({ name, datumId, sha256, sizeBytes, properties }: VersionFile): FetchedFile {
  const parts = name.split("/").map(safeFolderName);
  return {
    name: parts.at(-1) ?? "_",
    directories: parts.slice(0, -1),
    fullPath: parts.join("/"),
    uri: `datum://${datumId}`,
    ...{ datumId, sha256, sizeBytes },
    ...shownProperties(properties),
  };
}
