import { readVersionAddress } from "../data-address.ts";
import type { DatasetVersionRecord } from "../store/index.ts";
import type { Source } from "./source.ts";
import type { FetchedFile, SourcesOptions } from "./sources.ts";
import { unavailable } from "./unavailable.ts";
import { requireContents, requireThere, versionFile } from "./version-files.ts";

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
        await requireContents(uri, page, blobs);
        for (const file of page) fetched.push(versionFile(file));
      }
      return fetched;
    },
  };
}
