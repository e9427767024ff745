import type { BlobStore } from "../blobs/index.ts";
import { HeadraceError } from "../errors.ts";
import { decodeManifest, isLink } from "../snapshots/index.ts";
import type { Store } from "../store/index.ts";
import { type Compared, compareSubjects } from "./compare.ts";
import { describeSubject } from "./details.ts";
import { openBlobs } from "./open-blobs.ts";
import type { ProjectLocation } from "./project.ts";
import type { ComparisonView } from "./views.ts";

export async function compareRefs(location: ProjectLocation, store: Store, refs: readonly string[]): Promise<ComparisonView> {
  const subjects: Compared[] = [];
  for (const ref of refs) subjects.push(await describeSubject(store, ref));
  requireOneKind(refs, subjects);
  await using blobs = await openBlobs(location);
  const codes: ReadonlyMap<string, string>[] = [];
  for (const subject of subjects)
    codes.push(await filesOf(store, blobs, subject.kind === "run" ? subject.run.commit : subject.execution.commit));
  return compareSubjects(subjects, codes);
}

function requireOneKind(refs: readonly string[], subjects: readonly Compared[]): void {
  const at = (kind: Compared["kind"]): number => subjects.findIndex((subject) => subject.kind === kind);
  const [run, execution] = [subjects[at("run")], subjects[at("execution")]];
  if (run?.kind !== "run" || execution?.kind !== "execution") return;
  const node = run.run.nodes.find(({ name }) => name === execution.execution.node) ?? run.run.nodes[0];
  throw new HeadraceError("HR_USAGE", `${refs[at("run")]} is a run and ${refs[at("execution")]} an execution: they cannot be compared`, {
    hint: `name runs only, or executions only, such as ${run.run.number}.${node?.name ?? "NODE"}`,
  });
}

/** Path to content hash (or to the target of a link) of a version of the code. */
async function filesOf(store: Store, blobs: BlobStore, commit: string): Promise<ReadonlyMap<string, string>> {
  const snapshot = await store.getSnapshot(commit);
  if (snapshot === undefined) return new Map();
  const entries = decodeManifest(await blobs.readBytes(snapshot.manifestSha256));
  return new Map(entries.map((entry) => [entry.path, isLink(entry) ? `→ ${entry.link}` : entry.sha256]));
}
