import type { ComparisonPageView, ComparisonSection, ComparisonView, PageRequest } from "../../../api/index.ts";
import type { BlobStore } from "../../../blobs/index.ts";
import { HeadraceError } from "../../../errors.ts";
import { decodeManifest, isLink } from "../../../snapshots/index.ts";
import type { ExecutionRecord, NodeRecord, ProjectStore, RunRecord } from "../../../store/index.ts";
import type { Context } from "../../context.ts";
import { isCount, readCursor, writeCursor } from "../../lists/cursor.ts";
import { requirePageSize } from "../../lists/page-size.ts";
import { describeExecution, describeNodeExecutions, describeNodeTasks } from "../details.ts";
import { findSubject } from "../refs.ts";
import { describeRunRecord } from "../run-outputs.ts";
import { type Compared, compareSubjects } from "./compare-subjects.ts";
import { describeChange, LARGEST_COMPARED_BYTES } from "./content-change.ts";

/**
 * Returns the differences between runs, or between executions. Runs have a page of their nodes, in the order of their
 * plans; the first page also has the facts about the subjects as a whole.
 */
export async function compareRefs(
  { project }: Context,
  refs: readonly string[],
  page: PageRequest,
): Promise<ComparisonPageView> {
  requirePageSize(page.limit);
  const store = await project.reader();
  const from = page.after === undefined ? 0 : readCursor(page.after, positionIn);
  const chosen: Chosen[] = [];
  for (const ref of refs) chosen.push(await choose(store, ref));
  requireOneKind(refs, chosen);
  const names = namesOf(chosen);
  const nodes = names.slice(from, from + page.limit);
  const subjects: Compared[] = [];
  for (const each of chosen) subjects.push(await describe(store, each, nodes));
  const blobs = await project.blobs();
  const codes = from === 0 ? await Promise.all(subjects.map((subject) => filesOf(store, blobs, subject))) : undefined;
  const comparison = compareSubjects(subjects, { nodes, ...(codes !== undefined && { codes }) });
  const next = from + nodes.length;
  return { ...(await withContents(comparison, blobs)), next: next < names.length ? writeCursor([CURSOR, next]) : null };
}

const CURSOR = "compared nodes";

function positionIn([name, at]: readonly unknown[]): number | undefined {
  return name === CURSOR && isCount(at) ? at : undefined;
}

type Chosen =
  | { readonly kind: "run"; readonly run: RunRecord; readonly nodes: ReadonlyMap<string, NodeRecord> }
  | { readonly kind: "execution"; readonly execution: ExecutionRecord };

async function choose(store: ProjectStore, ref: string): Promise<Chosen> {
  const subject = await findSubject(store, ref);
  if (subject.kind === "execution") return subject;
  const nodes = await store.nodes.list(subject.run.id);
  return { ...subject, nodes: new Map(nodes.map((node) => [node.name, node])) };
}

/** Nodes that only later runs have come last. */
function namesOf(chosen: readonly Chosen[]): readonly string[] {
  return [...new Set(chosen.flatMap((each) => (each.kind === "run" ? [...each.nodes.keys()] : [])))];
}

async function describe(store: ProjectStore, chosen: Chosen, names: readonly string[]): Promise<Compared> {
  if (chosen.kind === "execution")
    return { kind: "execution", execution: await describeExecution(store, chosen.execution) };
  const nodes = names.flatMap((name) => chosen.nodes.get(name) ?? []);
  const executions = await describeNodeExecutions(store, chosen.run, nodes);
  const tasks = await describeNodeTasks(store, chosen.run, nodes);
  return { kind: "run", run: await describeRunRecord(store, chosen.run), executions, tasks };
}

function requireOneKind(refs: readonly string[], chosen: readonly Chosen[]): void {
  const at = (kind: Chosen["kind"]): number => chosen.findIndex((each) => each.kind === kind);
  const [run, execution] = [chosen[at("run")], chosen[at("execution")]];
  if (chosen.every((each) => each.kind === "execution" || each.nodes.size === 1)) return;
  if (run?.kind !== "run" || execution?.kind !== "execution") return;
  const [first] = run.nodes.keys();
  const node = run.nodes.has(execution.execution.node) ? execution.execution.node : first;
  throw new HeadraceError(
    "HR_USAGE",
    `${refs[at("run")]} is a run and ${refs[at("execution")]} an execution: they cannot be compared`,
    {
      hint: `name runs only, or executions only, such as ${run.run.number}.${node ?? "NODE"}`,
    },
  );
}

/** Path to content hash (or to the target of a link) of a version of the code. */
async function filesOf(store: ProjectStore, blobs: BlobStore, subject: Compared): Promise<ReadonlyMap<string, string>> {
  const { commit } = subject.kind === "run" ? subject.run : subject.execution;
  const snapshot = await store.snapshots.get(commit);
  if (snapshot === undefined) return new Map();
  const entries = decodeManifest(await blobs.readBytes(snapshot.manifestSha256));
  return new Map(entries.map((entry) => [entry.path, isLink(entry) ? `→ ${entry.link}` : entry.sha256]));
}

/** Files of a page whose contents are looked into: beyond these, hashes say enough. */
const MOST_FILES = 50;

/**
 * Adds to each differing file of two subjects how its contents differ. A file that cannot be read is left as it is: the
 * hashes still tell.
 */
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

async function changeOf(
  { name, values }: ComparisonSection["rows"][number],
  blobs: BlobStore,
): Promise<string | undefined> {
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
