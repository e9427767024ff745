import type { FileHolderView } from "../../api/index.ts";
import type { Context } from "../context.ts";
import { fileById } from "./find-files.ts";

const SCHEMES = { alias: "datum", "dataset-version": "dataset", "model-version": "model" } as const;

/** The aliases and versions that have a file. Throws HR_NOT_FOUND where there is no such file. */
export async function fileHolders(context: Context, id: string): Promise<readonly FileHolderView[]> {
  await fileById(context, id);
  const { datasets } = await context.project.reader();
  return (await datasets.holdersOf([id])).map(({ kind, name }) => ({
    ...{ kind, name },
    uri: `${SCHEMES[kind]}://${name}`,
  }));
}
