import type { ComparisonSection, ComparisonView } from "../../api/index.ts";
import type { BlobStore } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import { decodeManifest, isLink } from "../../snapshots/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import { describeSubject } from "../details.ts";
import type { ProjectResources } from "../project-resources.ts";
import { type Compared, compareSubjects } from "./compare-subjects.ts";
import { describeChange, LARGEST_COMPARED_BYTES } from "./content-change.ts";

export async function compareRefs(project: ProjectResources, store: ProjectStore, refs: readonly string[]): Promise<ComparisonView> {
  const subjects: Compared[] = [];
  for (const ref of refs) subjects.push(await describeSubject(store, ref));
  requireOneKind(refs, subjects);
  const blobs = await project.blobs();
  const codes: ReadonlyMap<string, string>[] = [];
  for (const subject of subjects)
    codes.push(await filesOf(store, blobs, subject.kind === "run" ? subject.run.commit : subject.execution.commit));
  return await withContents(compareSubjects(subjects, codes), blobs);
}

function requireOneKind(refs: readonly string[], subjects: readonly Compared[]): void {
  const at = (kind: Compared["kind"]): number => subjects.findIndex((subject) => subject.kind === kind);
  const [run, execution] = [subjects[at("run")], subjects[at("execution")]];
  if (subjects.every((subject) => subject.kind === "execution" || subject.run.nodes.length === 1)) return;
  if (run?.kind !== "run" || execution?.kind !== "execution") return;
  const node = run.run.nodes.find(({ name }) => name === execution.execution.node) ?? run.run.nodes[0];
  throw new HeadraceError("HR_USAGE", `${refs[at("run")]} is a run and ${refs[at("execution")]} an execution: they cannot be compared`, {
    hint: `name runs only, or executions only, such as ${run.run.number}.${node?.name ?? "NODE"}`,
  });
}

/** Path to content hash (or to the target of a link) of a version of the code. */
async function filesOf(store: ProjectStore, blobs: BlobStore, commit: string): Promise<ReadonlyMap<string, string>> {
  const snapshot = await store.snapshots.get(commit);
  if (snapshot === undefined) return new Map();
  const entries = decodeManifest(await blobs.readBytes(snapshot.manifestSha256));
  return new Map(entries.map((entry) => [entry.path, isLink(entry) ? `→ ${entry.link}` : entry.sha256]));
}

/** Files whose contents are looked into: beyond these, hashes say enough. */
const MOST_FILES = 50;

/** Adds to each differing file of two subjects how its contents differ. What cannot be read is left as it is: the hashes still tell. */
async function withContents(comparison: ComparisonView, blobs: BlobStore): Promise<ComparisonView> {
  if (comparison.subjects.length !== 2) return comparison;
  let left = MOST_FILES;
  const sections: ComparisonSection[] = [];
  for (const section of comparison.sections) {
    if (section.title !== "outputs" && section.title !== "inputs") {
      sections.push(section);
      continue;
    }
    const rows: ComparisonSection["rows"][number][] = [];
    for (const row of section.rows) {
      const change = row.differs && left-- > 0 ? await changeOf(row, blobs) : undefined;
      rows.push(change === undefined ? row : { ...row, change });
    }
    sections.push({ ...section, rows });
  }
  return { ...comparison, sections };
}

async function changeOf({ name, values }: ComparisonSection["rows"][number], blobs: BlobStore): Promise<string | undefined> {
  const [before, after] = values;
  if (typeof before !== "string" || typeof after !== "string") return undefined;
  const [a, b] = [await contentOf(blobs, before), await contentOf(blobs, after)];
  return a === undefined || b === undefined ? undefined : await describeChange({ name, before: a, after: b });
}

async function contentOf(blobs: BlobStore, sha256: string): Promise<Uint8Array | undefined> {
  try {
    const size = await blobs.size(sha256);
    return size === undefined || size > LARGEST_COMPARED_BYTES ? undefined : await blobs.readBytes(sha256);
  } catch {
    return undefined;
  }
}
