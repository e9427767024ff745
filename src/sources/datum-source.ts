import { HeadraceError } from "../errors.ts";
import { type DatumRecord, shownProperties } from "../store/index.ts";
import { safeFolderName } from "./file-name.ts";
import type { Source } from "./source.ts";
import type { FetchedFile, SourcesOptions } from "./sources.ts";
import { unavailable } from "./unavailable.ts";

/** `datum://ID`: a file that is stored already. */
export function openDatumSource({ blobs, store }: Pick<SourcesOptions, "blobs" | "store">): Source {
  const find = async (uri: string): Promise<DatumRecord> => {
    const id = uri.slice("datum://".length);
    const datum = id === "" ? undefined : await store.data.get(id);
    if (datum?.purgedAt !== undefined)
      throw unavailable(uri, `"${datum.name}" was purged at ${new Date(datum.purgedAt).toISOString()}`, [
        "run again what made it, or name another file",
      ]);
    if (datum !== undefined) return datum;
    throw unavailable(uri, `there is no datum with the id or the alias "${id}"`, [
      { do: "list-files" },
      " lists the ids of what execution N made",
    ]);
  };
  return {
    async check(uri) {
      await find(uri);
    },
    async fetch(uri) {
      const datum = await find(uri);
      if (!(await blobs.has(datum.sha256))) {
        throw new HeadraceError(
          "HR_BLOB_MISSING",
          `input ${uri}: the content of "${datum.name}" (${datum.sha256}) is no longer stored`,
          {
            hint: "bring it back from a backup, or run again what made it",
          },
        );
      }
      return [fileOf(uri, datum)];
    },
  };
}

function fileOf(uri: string, datum: DatumRecord): FetchedFile {
  const parts = datum.name.split("/").map(safeFolderName);
  return {
    name: parts.at(-1) ?? "_",
    directories: [],
    fullPath: parts.join("/"),
    uri,
    datumId: datum.id,
    sha256: datum.sha256,
    sizeBytes: datum.sizeBytes,
    ...shownProperties(datum.properties),
  };
}
