import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { RunRequest } from "../../planning/index.ts";
import type { Context } from "../context.ts";
import { isFileName } from "../data/file-name.ts";
import { findFiles } from "../data/find-files.ts";

/**
 * Takes short names of stored files out of a request's inputs (`scores=45.select/scores.json`): `datum://` stands in
 * their place. A path that exists in the project keeps its meaning. The records are opened only where there is such a
 * name.
 */
export async function nameInputs<R extends RunRequest>(context: Context, request: R): Promise<R> {
  const { folder } = context.project.origin;
  const isPath = (uri: string): boolean => folder !== undefined && existsSync(resolve(folder.root, uri));
  const isName = (uri: string): boolean => isFileName(uri) && !isPath(uri);
  if (!request.inputs.some(({ uris }) => uris.some(isName))) return request;
  const inputs: RunRequest["inputs"][number][] = [];
  for (const input of request.inputs) {
    const uris: string[] = [];
    for (const uri of input.uris)
      uris.push(...(isName(uri) ? (await findFiles(context, uri)).map((file) => file.uri) : [uri]));
    inputs.push({ ...input, uris });
  }
  return { ...request, inputs };
}
