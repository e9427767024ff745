import { HeadraceError } from "../../errors.ts";
import type { ModelRecord, ModelVersionRecord, ProjectStore } from "../../store/index.ts";

type Models = Pick<ProjectStore, "models">;

/** Throws HR_NOT_FOUND. */
export async function requireModel(store: Models, name: string): Promise<ModelRecord> {
  const model = await store.models.find(name);
  if (model !== undefined) return model;
  throw new HeadraceError("HR_NOT_FOUND", `there is no model ${JSON.stringify(name)}`, {
    hint: [{ do: "list-models" }, " lists those that there are"],
  });
}

/** The version that a number, an alias or `latest` stands for. Throws HR_NOT_FOUND. */
export async function requireModelVersion(store: Models, name: string, ref: string): Promise<ModelVersionRecord> {
  const found = await store.models.resolve(await requireModel(store, name), ref);
  if (found !== undefined) return found;
  throw new HeadraceError(
    "HR_NOT_FOUND",
    `the model ${name} has neither a version nor an alias ${JSON.stringify(ref)}`,
    { hint: [{ do: "show-model", model: name }, " lists its versions and aliases"] },
  );
}

/** The same by `NAME/3`, or by a version alone of the model that is spoken of. */
export async function requireVersionOf(store: Models, text: string, within: string): Promise<ModelVersionRecord> {
  const [first = "", second, ...more] = text.replace(/^model:\/\//, "").split("/");
  if (more.length > 0)
    throw new HeadraceError("HR_USAGE", `${JSON.stringify(text)} names no version of a model`, {
      hint: "write NAME/VERSION, such as delay/3 or delay/champion",
    });
  return second === undefined
    ? await requireModelVersion(store, within, first)
    : await requireModelVersion(store, first, second);
}
