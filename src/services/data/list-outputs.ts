import type { DatumView, OutputsQuery, Page, PageRequest } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { ExecutionRecord, ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { isCount, isInnerCursor, readCursor, writeCursor } from "../lists/cursor.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { executionIdsBehind, executionIdsOfTask } from "../records/executions-behind.ts";
import { findSubjectOrTask, type Subject, type TaskNode } from "../records/refs.ts";
import { filesOfOutput } from "../records/run-outputs.ts";
import { datumView } from "../records/view-of.ts";

/** So many nodes are looked at together; part of every cursor. */
const NODES_AT_ONCE = 64;

/** The place at which a page of the outputs of a run begins. */
interface Position {
  /** The position in the list of nodes; null at its beginning. */
  readonly nodes: string | null;
  /** Number of the executions behind these nodes that have been told. */
  readonly skip: number;
  /** The position in the list of the files of the node there; null at its beginning. */
  readonly files: string | null;
}

/**
 * A page of what an execution made, by name; or of what stands behind the nodes of a run or a task, execution after
 * execution.
 */
export async function listOutputs(
  { project }: Context,
  ref: string,
  { name, ...page }: OutputsQuery,
): Promise<Page<DatumView>> {
  requirePageSize(page.limit);
  const store = await project.reader();
  const subject = await findSubjectOrTask(store, ref);
  if (name !== undefined) return await namedOutput(store, subject, name, page);
  if (subject.kind === "execution") return await outputsOf(store, subject.execution, page);
  const { run } = subject;
  if (subject.kind === "run")
    return await outputsBehind(store, (after) => executionsBehind(store, run.id, after), page);
  const ids = await executionIdsOfTask(store, run.id, subject.node.name);
  return await outputsBehind(store, () => Promise.resolve({ ids, next: null }), page);
}

/** The files of a result that the pipeline of a run names. */
async function namedOutput(
  store: ProjectStore,
  subject: Subject | TaskNode,
  name: string,
  { limit, after }: PageRequest,
): Promise<Page<DatumView>> {
  if (subject.kind !== "run")
    throw new HeadraceError("HR_USAGE", "only a run of a pipeline has outputs with names", { hint: "name a run" });
  const { outputs = [], number } = subject.run;
  const output = outputs.find((each) => each.name === name);
  if (output === undefined) {
    const names = outputs.map((each) => each.name).join(", ");
    const hint = names === "" ? "its pipeline names none" : `its outputs are ${names}`;
    throw new HeadraceError("HR_NOT_FOUND", `run ${number} has no output ${name}`, { hint });
  }
  if (output.kind === "metadata")
    throw new HeadraceError("HR_USAGE", `the output ${name} of run ${number} is a value, and no file`, {
      hint: [{ do: "show-run" }, " shows it"],
    });
  const skip = after === undefined ? 0 : readCursor(after, ([skipped]) => (isCount(skipped) ? skipped : undefined));
  const files = await filesOfOutput(store, subject.run, output);
  const end = skip + limit;
  return { items: files.slice(skip, end), next: end < files.length ? writeCursor([end]) : null };
}

/** All of them, page after page; `name`: those of a named output alone. */
export async function* everyOutput(context: Context, ref: string, name?: string): AsyncGenerator<DatumView> {
  for (let after: string | null | undefined; after !== null; ) {
    const page: Page<DatumView> = await listOutputs(context, ref, {
      limit: FILES_AT_ONCE,
      ...(name === undefined ? {} : { name }),
      ...(after === undefined ? {} : { after }),
    });
    yield* page.items;
    after = page.next;
  }
}

const FILES_AT_ONCE = 1_000;

async function outputsOf(
  store: ProjectStore,
  execution: ExecutionRecord,
  { limit, after }: PageRequest,
): Promise<Page<DatumView>> {
  const { items, next } = await store.lists.files({
    executionId: execution.id,
    sort: { by: "name", direction: "ascending" },
    limit,
    ...(after === undefined ? {} : { after }),
  });
  return { items: items.map((datum) => datumView(datum, execution)), next };
}

interface Behind {
  readonly ids: readonly string[];
  readonly next: string | null;
}

async function executionsBehind(store: ProjectStore, runId: string, after: string | null): Promise<Behind> {
  const { items, next } = await store.lists.nodes(runId, {
    limit: NODES_AT_ONCE,
    ...(after === null ? {} : { after }),
  });
  return { ids: await executionIdsBehind(store, runId, items), next };
}

async function outputsBehind(
  store: ProjectStore,
  behind: (after: string | null) => Promise<Behind>,
  { limit, after }: PageRequest,
): Promise<Page<DatumView>> {
  const found: DatumView[] = [];
  for (let position = after === undefined ? BEGINNING : positionIn(after); ; ) {
    if (found.length === limit) return { items: found, next: cursorOf(position) };
    const { nodes, skip, files } = position;
    const { ids: all, next } = await behind(nodes);
    const ids = all.slice(skip, skip + NODES_AT_ONCE);
    const pages = await Promise.all(
      ids.map(async (id, index) => {
        const execution = await store.executions.get(id);
        if (execution === undefined) return undefined;
        const begin = index === 0 && files !== null ? { after: files } : {};
        return await outputsOf(store, execution, { limit: limit - found.length, ...begin });
      }),
    );
    for (const [index, page] of pages.entries()) {
      if (page === undefined) continue;
      const room = limit - found.length;
      if (room === 0) return { items: found, next: cursorOf({ nodes, skip: skip + index, files: null }) };
      if (page.items.length > room) {
        // Read for a larger place: once more, for the cursor behind the last file that fits.
        const execution = await store.executions.get(ids[index] ?? "");
        if (execution === undefined) continue;
        const cut = await outputsOf(store, execution, { limit: room });
        found.push(...cut.items);
        return { items: found, next: cursorOf({ nodes, skip: skip + index, files: cut.next }) };
      }
      found.push(...page.items);
      if (page.next !== null) return { items: found, next: cursorOf({ nodes, skip: skip + index, files: page.next }) };
    }
    if (skip + ids.length < all.length) position = { nodes, skip: skip + ids.length, files: null };
    else if (next === null) return { items: found, next: null };
    else position = { nodes: next, skip: 0, files: null };
  }
}

const BEGINNING: Position = { nodes: null, skip: 0, files: null };

function cursorOf({ nodes, skip, files }: Position): string {
  return writeCursor([nodes, skip, files]);
}

function positionIn(text: string): Position {
  return readCursor(text, ([nodes, skip, files]) =>
    isInnerCursor(nodes) && isCount(skip) && isInnerCursor(files) ? { nodes, skip, files } : undefined,
  );
}
