import { existsSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { HeadraceError } from "../../errors.ts";
import { decodeManifest, runGit } from "../../snapshots/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { findSubject } from "../records/refs.ts";
import { folderOf } from "./folder-of.ts";

/** A file of the project's folder that is no part of the code. */
export interface OutsideCode {
  /** Relative to the project's folder. */
  readonly path: string;
  /** The file of patterns that names it, where git says so. */
  readonly ignoredBy: string | null;
}

/**
 * Those of the paths that lie in the project's folder, and are no part of the code that an execution ran; the first of
 * them only.
 */
export async function findOutsideCode(
  project: ProjectResources,
  store: ProjectStore,
  ref: string,
  paths: readonly string[],
): Promise<OutsideCode | undefined> {
  const { root } = folderOf(project);
  const there = paths.map((path) => normalize(path)).filter((path) => isBelow(path) && existsSync(join(root, path)));
  if (there.length === 0) return undefined;
  const known = await codePaths(project, store, ref);
  const path = there.find((one) => !known.some((file) => file === one || file.startsWith(`${one}/`)));
  return path === undefined ? undefined : { path, ignoredBy: await ignoreFileOf(root, path) };
}

function isBelow(path: string): boolean {
  return (
    !isAbsolute(path) &&
    path !== "." &&
    path !== ".." &&
    !path.startsWith("../") &&
    !path.split("/").includes(".headrace")
  );
}

async function codePaths(project: ProjectResources, store: ProjectStore, ref: string): Promise<readonly string[]> {
  const subject = await findSubject(store, ref);
  const commit = subject.kind === "run" ? subject.run.commit : subject.execution.commit;
  const snapshot = await store.snapshots.get(commit);
  if (snapshot === undefined)
    throw new HeadraceError("HR_NOT_FOUND", `the version ${commit} of the code is not stored`);
  const blobs = await project.blobs();
  return decodeManifest(await blobs.readBytes(snapshot.manifestSha256)).map(({ path }) => path);
}

/** `.gitignore`, as git says it; null where git does not say. */
async function ignoreFileOf(root: string, path: string): Promise<string | null> {
  const answer = await runGit(root, ["check-ignore", "--verbose", "--", path]);
  if (answer.kind !== "done") return null;
  return /^(.+?):\d+:/.exec(answer.output.toString())?.[1] ?? null;
}
