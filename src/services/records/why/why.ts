import type { Page, PageRequest, WhyView } from "../../../api/index.ts";
import { HeadraceError } from "../../../errors.ts";
import { executionOf, type PlannedNode, type PlannedTask } from "../../../planning/index.ts";
import { isFinal, type NodeRecord, type ProjectStore, type RunRecord, type TrialRecord } from "../../../store/index.ts";
import { lastOfEach } from "../../../tasks/index.ts";
import type { Context } from "../../context.ts";
import { isCount, readCursor, writeCursor } from "../../lists/cursor.ts";
import { requirePageSize } from "../../lists/page-size.ts";
import { findExecution, findSubject } from "../refs.ts";
import { Explainer } from "./explain.ts";
import { taskWords } from "./why-words.ts";

/** So many nodes are each held against several earlier executions. */
const FEW_NODES = 50;

/**
 * Returns the reasons why nodes of a run ran or were reused, in the plan's order and in pages; the one of a single node
 * has the differences of its code. A task is one line of its run; by itself it has one for each of its trials.
 */
export async function whyOf({ project }: Context, ref: string, page: PageRequest): Promise<Page<WhyView>> {
  requirePageSize(page.limit);
  const store = await project.reader();
  const { run, node, trial } = await subjectOf(store, ref);
  const explainer = new Explainer(store, await project.blobs());
  const alone = node === undefined ? undefined : await onlyNode(store, run, node);
  if (alone?.planned?.kind === "task")
    return await whyTrials({ store, run, record: alone.node, task: alone.planned, explainer }, trial, page);
  // The only page of one node has no next one.
  if (alone !== undefined && page.after !== undefined) readCursor(page.after, () => undefined);
  const { items, next } = alone === undefined ? await store.lists.nodes(run.id, page) : { items: [alone], next: null };
  const isWhole = next === null && page.after === undefined;
  const options = { diffs: isWhole && items.length === 1, isOneOfMany: !isWhole || items.length > FEW_NODES };
  const views: WhyView[] = [];
  for (const { node: record, planned } of items)
    views.push(
      planned?.kind === "task"
        ? whyTask(run, record, planned, lastOfEach(await store.tasks.listTrials(run.id, planned.name)))
        : await explainer.explain({ run, record, node: planned }, options),
    );
  return { items: views, next };
}

interface Explainable {
  readonly node: NodeRecord;
  readonly planned: PlannedNode | undefined;
}

async function onlyNode(store: ProjectStore, run: RunRecord, name: string): Promise<Explainable> {
  const node = await store.nodes.get(run.id, name);
  if (node === undefined) throw await noNode(store, run, name);
  return { node, planned: await store.nodes.getPlanned(run.id, name) };
}

/** A task by one line: each of its trials has a reason of its own. */
function whyTask(run: RunRecord, record: NodeRecord, task: PlannedTask, trials: readonly TrialRecord[]): WhyView {
  const outcome = record.state === "skipped" ? "skipped" : trials.length === 0 ? "waiting" : "ran";
  return {
    ...{ run: run.number, node: task.name, trial: null, step: task.step.name, outcome, execution: null },
    ...{ comparedWith: null, reason: "task", code: null, notes: [], changes: [] },
    text: record.state === "skipped" ? `it was skipped: ${record.reason ?? "the run was stopped"}` : taskWords(trials),
  };
}

interface ExplainedTask {
  readonly store: ProjectStore;
  readonly run: RunRecord;
  readonly record: NodeRecord;
  readonly task: PlannedTask;
  readonly explainer: Explainer;
}

/** The trials of a task, or the one that is wanted, in pages. */
async function whyTrials(
  { store, run, record, task, explainer }: ExplainedTask,
  wanted: number | undefined,
  page: PageRequest,
): Promise<Page<WhyView>> {
  const after =
    page.after === undefined ? 0 : readCursor(page.after, ([trial]) => (isCount(trial) ? trial : undefined));
  const all = lastOfEach(await store.tasks.listTrials(run.id, task.name));
  const chosen = all.filter(({ trial }) => trial > after && (wanted === undefined || trial === wanted));
  if (all.length === 0) return { items: [whyTask(run, record, task, all)], next: null };
  const shown = chosen.slice(0, page.limit);
  const options = { diffs: wanted !== undefined || all.length === 1, isOneOfMany: all.length > FEW_NODES };
  const items: WhyView[] = [];
  for (const { trial, executionId, decision, reused, state } of shown) {
    const { decision: _, ...rest } = record;
    const own: NodeRecord = {
      ...{ ...rest, executionId, state: isFinal(state) ? state : "active" },
      ...(decision === undefined ? {} : { decision }),
      ...(reused ? { reused: true } : {}),
    };
    items.push(await explainer.explain({ run, record: own, node: executionOf(task), trial }, options));
  }
  const last = shown.at(-1);
  return { items, next: last !== undefined && shown.length < chosen.length ? writeCursor([last.trial]) : null };
}

const OF_NODE = /^(?<run>[#=]?\d+|latest)\.(?<node>.+)$/;

/** A node of a run by its own name: where it was reused, its execution belongs to another run. */
async function subjectOf(
  store: ProjectStore,
  ref: string,
): Promise<{ readonly run: RunRecord; readonly node?: string; readonly trial?: number }> {
  const groups = OF_NODE.exec(ref.trim())?.groups;
  const subject = await findSubject(store, groups?.run ?? ref);
  if (subject.kind === "run" && groups?.node?.endsWith(".best") === true) {
    const best = await trialNamed(store, subject.run, ref, groups.node);
    if (best !== undefined) return best;
  }
  if (subject.kind === "run")
    return groups?.node === undefined ? { run: subject.run } : { run: subject.run, node: groups.node };
  if (groups?.node !== undefined) {
    throw new HeadraceError("HR_NOT_FOUND", `${subject.execution.number} is an execution and has no nodes`, {
      hint: [{ do: "explain", execution: subject.execution.number }, " explains it"],
    });
  }
  const run = await store.runs.get(subject.execution.runId);
  if (run === undefined)
    throw new HeadraceError("HR_NOT_FOUND", `the run of execution ${subject.execution.number} is missing`);
  const { node, trial } = subject.execution;
  return { run, node, ...(trial === undefined ? {} : { trial }) };
}

/** `12.tune.best`, unless a node has that name. */
async function trialNamed(
  store: ProjectStore,
  run: RunRecord,
  ref: string,
  name: string,
): Promise<{ readonly run: RunRecord; readonly node: string; readonly trial: number } | undefined> {
  const node = name.slice(0, -".best".length);
  if ((await store.nodes.get(run.id, name)) !== undefined) return undefined;
  const { id } = await findExecution(store, ref);
  const trials = await store.tasks.listTrials(run.id, node);
  const trial = trials.findLast(({ executionId }) => executionId === id)?.trial;
  return trial === undefined ? undefined : { run, node, trial };
}

async function noNode(store: ProjectStore, run: RunRecord, name: string): Promise<HeadraceError> {
  const nodes = await store.nodes.list(run.id);
  const shown = nodes.slice(0, 20).map((node) => node.name);
  return new HeadraceError("HR_NOT_FOUND", `run ${run.number} has no node ${name}`, {
    hint: `its nodes are ${shown.join(", ")}${nodes.length > 20 ? ` and ${nodes.length - 20} more` : ""}`,
  });
}
