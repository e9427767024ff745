import { readVersionAddress } from "../data-address.ts";
import type { ModelVersionRecord, VersionFile } from "../store/index.ts";
import type { Source } from "./source.ts";
import type { SourcesOptions } from "./sources.ts";
import { unavailable } from "./unavailable.ts";
import { requireContents, requireThere, versionFile } from "./version-files.ts";

/** `model://NAME/VERSION`: the files of a version of a model. Aliases are resolved before a run begins. */
export function openModelSource({ blobs, store }: Pick<SourcesOptions, "blobs" | "store">): Source {
  const find = async (uri: string): Promise<ModelVersionRecord> => {
    const { name, version = "" } = readVersionAddress(uri, "model") ?? {};
    if (name === undefined || version === "")
      throw unavailable(
        uri,
        "it names no version of a model",
        "write model://NAME/3, model://NAME/champion or another alias, or model://NAME/latest",
      );
    const model = await store.models.find(name);
    if (model === undefined) throw unavailable(uri, `there is no model "${name}"`, "check its name");
    const found = await store.models.resolve(model, version);
    if (found === undefined)
      throw unavailable(uri, `the model has neither a version nor an alias "${version}"`, "check its name");
    if (found.state === "rejected")
      throw unavailable(
        uri,
        `version ${found.number} was rejected`,
        "name another version, or approve this one with a reason",
      );
    return found;
  };
  const filesOf = async (uri: string): Promise<readonly VersionFile[]> => {
    const files = await store.models.files((await find(uri)).id);
    for (const file of files) requireThere(uri, file);
    return files;
  };
  return {
    async check(uri) {
      await filesOf(uri);
    },
    async fetch(uri) {
      const files = await filesOf(uri);
      await requireContents(uri, files, blobs);
      return files.map(versionFile);
    },
  };
}
