import { dataNameProblem } from "../../data-address.ts";
import { HeadraceError } from "../../errors.ts";
import type { DatasetRecord, DatasetVersionRecord, ProjectStore } from "../../store/index.ts";

/** Throws HR_USAGE for a name that nothing can have. */
export function requireName(what: string, name: string): void {
  const problem = dataNameProblem(name);
  if (problem === undefined) return;
  throw new HeadraceError("HR_USAGE", `the name ${JSON.stringify(name)} of ${what} ${problem}`, {
    hint: "give it another name",
  });
}

/** Throws HR_NOT_FOUND. */
export async function requireDataset(store: Pick<ProjectStore, "datasets">, name: string): Promise<DatasetRecord> {
  const dataset = await store.datasets.find(name);
  if (dataset !== undefined) return dataset;
  throw new HeadraceError("HR_NOT_FOUND", `there is no dataset ${JSON.stringify(name)}`, {
    hint: [{ do: "list-datasets" }, " lists those that there are"],
  });
}

/** The version that a name, an alias or `latest` stands for. Throws HR_NOT_FOUND, also for one that was deleted. */
export async function requireVersion(
  store: Pick<ProjectStore, "datasets">,
  dataset: string,
  ref: string,
): Promise<DatasetVersionRecord> {
  const found = await store.datasets.resolve(await requireDataset(store, dataset), ref);
  if (found !== undefined && found.deletedAt === undefined) return found;
  const what =
    found?.deletedAt === undefined
      ? `the dataset ${dataset} has neither a version nor an alias ${JSON.stringify(ref)}`
      : `the version ${dataset}/${found.name} was deleted at ${new Date(found.deletedAt).toISOString()}`;
  throw new HeadraceError("HR_NOT_FOUND", what, {
    hint: [{ do: "show-dataset", dataset }, " lists its versions and aliases"],
  });
}

/** The same by `NAME/VERSION`, or by a version alone of the dataset that is spoken of. */
export async function requireVersionNamed(
  store: Pick<ProjectStore, "datasets">,
  text: string,
  within?: string,
): Promise<DatasetVersionRecord> {
  const [first = "", second, ...more] = text.replace(/^dataset:\/\//, "").split("/");
  if (second !== undefined && more.length === 0) return await requireVersion(store, first, second);
  if (second === undefined && within !== undefined) return await requireVersion(store, within, first);
  throw new HeadraceError("HR_USAGE", `${JSON.stringify(text)} names no version of a dataset`, {
    hint: "write NAME/VERSION, such as flights/v3 or flights/latest",
  });
}
