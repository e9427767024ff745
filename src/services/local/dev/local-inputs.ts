import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { toLocalPath } from "../../../sources/index.ts";
import type { ProjectStore } from "../../../store/index.ts";
import type { ProjectResources } from "../../installation/project-resources.ts";
import { findSubject } from "../../records/refs.ts";
import { folderOf } from "../folder-of.ts";
import type { LocalInput } from "../local-project.ts";

const REMOTE = /^(?!file:)[a-z][a-z0-9+.-]+:\/\//i;
/** More of a folder is not looked at: a change beyond it goes unnoticed until the next round. */
const FILES_LOOKED_AT = 10_000;

/** The inputs of an earlier execution that came from files of this machine, with how these stand now. */
export async function localInputs(
  project: ProjectResources,
  store: ProjectStore,
  ref: string,
  step: string,
): Promise<readonly LocalInput[]> {
  const subject = await findSubject(store, ref);
  const runId = subject.kind === "run" ? subject.run.id : subject.execution.runId;
  const plan = await store.nodes.getPlan(runId);
  const name = subject.kind === "execution" ? subject.execution.node : undefined;
  const node = plan?.nodes.find((each) =>
    name === undefined ? each.name === step || each.step.name === step : each.name === name,
  );
  return (node?.inputs ?? []).flatMap((input) => {
    const uris = input.sources.flatMap((source) => (source.kind === "uri" ? [source.uri] : []));
    if (uris.length === 0 || uris.length < input.sources.length || uris.some((uri) => REMOTE.test(uri))) return [];
    return [{ name: input.name, uris, stamp: stampOf(project, uris) }];
  });
}

/** Changes when a file behind one of these paths is saved. */
export function stampOf(project: ProjectResources, uris: readonly string[]): string {
  const seen: string[] = [];
  for (const uri of uris.filter((each) => !REMOTE.test(each))) {
    const path = toLocalPath(uri, folderOf(project).root);
    const wildcard = path.search(/[*?[]/);
    lookAt(wildcard < 0 ? path : path.slice(0, path.lastIndexOf("/", wildcard) + 1), seen);
  }
  return seen.join("\n");
}

function lookAt(path: string, seen: string[]): void {
  if (seen.length >= FILES_LOOKED_AT) return;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true) {
    seen.push(stats === undefined ? `${path} -` : `${path} ${stats.ino} ${stats.size} ${stats.mtimeMs}`);
    return;
  }
  for (const name of readdirSync(path).sort())
    if (name !== ".headrace" && name !== ".git") lookAt(join(path, name), seen);
}
