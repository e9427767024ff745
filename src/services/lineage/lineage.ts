import type { LineageNode, LineageQuery, LineageView } from "../../api/index.ts";
import { type Direction, type Link, type Place, walkLineage } from "../../catalog/index.ts";
import { HeadraceError } from "../../errors.ts";
import { redactUri } from "../../sources/index.ts";
import type { DatumRecord, LinkedExecution, ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { executionIdsOfRun, executionIdsOfTask } from "../records/executions-behind.ts";
import { findRun, findSubjectOrTask, requireExecution } from "../records/refs.ts";
import { isoTime } from "../records/view-of.ts";

const ID = /^[0-9a-f-]{36}$/;
const NODES = 1_000;
const MOST_NODES = 10_000;
const FARTHEST = 10_000;

interface Start {
  readonly files: readonly string[];
  readonly executions: readonly string[];
}

/**
 * Returns everything that files, an execution or the executions of a run were made of, and everything that was made of
 * them.
 */
export async function lineageOf({ project }: Context, query: LineageQuery): Promise<LineageView> {
  const { direction = "both", depth = FARTHEST, limit = NODES } = query;
  requireWithin("limit", limit, 1, MOST_NODES);
  requireWithin("depth", depth, 0, FARTHEST);
  const store = await project.reader();
  const start = await startOf(store, query);
  const directions: readonly Direction[] = direction === "both" ? ["up", "down"] : [direction];
  const { places, links, isCut } = await walkLineage(store.lineage, start, { directions, depth, limit });
  const [files, executions] = await Promise.all([
    store.lineage.files(idsOf(places, "file")),
    store.lineage.executions(idsOf(places, "execution")),
  ]);
  const nodes = [
    ...files.map((file) => fileNode(file, places.get(file.id)?.generation ?? 0)),
    ...executions.map((execution) => executionNode(execution, places.get(execution.id)?.generation ?? 0)),
  ].toSorted(byAge);
  // A record that was removed while the walk went on is gone with its links.
  const there = new Set(nodes.map(({ id }) => id));
  return {
    start: [...start.files, ...start.executions].filter((id) => there.has(id)),
    nodes,
    edges: links.filter(({ file, execution }) => there.has(file) && there.has(execution)).map(edgeOf),
    truncated: isCut,
  };
}

async function startOf(store: ProjectStore, query: LineageQuery): Promise<Start> {
  const { datum, execution, run } = query;
  if ([datum, execution, run].filter((each) => each !== undefined).length !== 1)
    throw new HeadraceError("HR_USAGE", "lineage is asked of files, an execution or a run", {
      hint: "give one of `datum`, `execution` and `run`",
    });
  if (execution !== undefined) return { files: [], executions: await executionsNamed(store, execution) };
  if (run !== undefined)
    return { files: [], executions: await executionIdsOfRun(store, (await findRun(store, run)).id) };
  return { files: await knownFiles(store, datum ?? []), executions: [] };
}

/** One execution, or all of a task. */
async function executionsNamed(store: ProjectStore, ref: string): Promise<readonly string[]> {
  const subject = await findSubjectOrTask(store, ref);
  if (subject.kind === "task") return await executionIdsOfTask(store, subject.run.id, subject.node.name);
  return [requireExecution(subject).id];
}

async function knownFiles(store: ProjectStore, named: readonly string[]): Promise<readonly string[]> {
  const ids = [...new Set(named.map((name) => name.replace(/^datum:\/\//, "")))];
  const found = new Set((await store.lineage.files(ids.filter((id) => ID.test(id)))).map(({ id }) => id));
  const missing = ids.find((id) => !found.has(id));
  if (missing === undefined && ids.length > 0) return ids;
  throw new HeadraceError("HR_NOT_FOUND", `there is no stored file with the id ${JSON.stringify(missing ?? "")}`, {
    hint: [{ do: "list-files" }, " lists the files of a run"],
  });
}

function requireWithin(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new HeadraceError("HR_USAGE", `\`${name}\` cannot be ${value}`, { hint: `give ${least} to ${most}` });
}

function idsOf(places: ReadonlyMap<string, Place>, kind: Place["kind"]): readonly string[] {
  return [...places].flatMap(([id, place]) => (place.kind === kind ? [id] : []));
}

function fileNode(file: DatumRecord, generation: number): LineageNode {
  const { id, name, sizeBytes, sha256, uri, createdAt } = file;
  const source = uri === undefined ? null : redactUri(uri);
  return { kind: "file", id, name, sizeBytes, sha256, source, createdAt: isoTime(createdAt), generation };
}

function executionNode({ createdAt, ...facts }: LinkedExecution, generation: number): LineageNode {
  return { kind: "execution", ...facts, createdAt: isoTime(createdAt), generation };
}

/** The sources first; at equal distance the oldest. */
function byAge(a: LineageNode, b: LineageNode): number {
  return a.generation - b.generation || a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id);
}

function edgeOf({ file, execution, input }: Link): LineageView["edges"][number] {
  return input === undefined ? { from: execution, to: file, input: null } : { from: file, to: execution, input };
}
