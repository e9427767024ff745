import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { RunRequest } from "../../planning/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import { isFileName } from "./file-name.ts";
import { findFiles } from "./find-files.ts";

/**
 * Takes short names of stored files out of a request's inputs (`scores=45.select/scores.json`): `datum://` stands in their place. A path
 * that exists in the project keeps its meaning. The records are opened only where there is such a name.
 */
export async function nameInputs<R extends RunRequest>(request: R, root: string, open: () => Promise<ProjectStore>): Promise<R> {
  const isName = (uri: string): boolean => isFileName(uri) && !existsSync(resolve(root, uri));
  if (!request.inputs.some(({ uris }) => uris.some(isName))) return request;
  const store = await open();
  const inputs: RunRequest["inputs"][number][] = [];
  for (const input of request.inputs) {
    const uris: string[] = [];
    for (const uri of input.uris) uris.push(...(isName(uri) ? (await findFiles(store, uri)).map((file) => file.uri) : [uri]));
    inputs.push({ ...input, uris });
  }
  return { ...request, inputs };
}
