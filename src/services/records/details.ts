import type { ExecutionView, NodeView, Page, RunDetailView, TaskSummaryView } from "../../api/index.ts";
import type { PlannedTask } from "../../planning/index.ts";
import type {
  AttemptRecord,
  ExecutionRecord,
  NodeExecution,
  NodeQuery,
  NodeRecord,
  ProjectStore,
  RunRecord,
} from "../../store/index.ts";
import { runWithNodes } from "../../views/index.ts";
import { describeRunRecord } from "./run-outputs.ts";
import { executionView, nodeView, plannedFacts } from "./view-of.ts";

/** A run with all its nodes, which are read in pages. */
export async function describeRun(store: ProjectStore, run: RunRecord): Promise<RunDetailView> {
  const describer = new NodeDescriber(store, run);
  const nodes: NodeView[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await describer.page({ limit: NODES_AT_ONCE, ...(after === undefined ? {} : { after }) });
    nodes.push(...page.items);
    after = page.next;
  }
  return runWithNodes(await describeRunRecord(store, run), nodes);
}

/** A page of a run's nodes with their executions; what it costs does not grow with the run. */
export function describeNodes(store: ProjectStore, run: RunRecord, query: NodeQuery): Promise<Page<NodeView>> {
  return new NodeDescriber(store, run).page(query);
}

/** The executions behind nodes of a run, by the names of the nodes; nodes without one are left out. */
export async function describeNodeExecutions(
  store: ProjectStore,
  run: RunRecord,
  nodes: readonly NodeRecord[],
): Promise<ReadonlyMap<string, ExecutionView>> {
  const executions = await store.executions.listById(new Set(nodes.flatMap(({ executionId }) => executionId ?? [])));
  const known = new Map(executions.map((each) => [each.execution.id, each]));
  const runs = new KnownRuns(store, run);
  const views = new Map<string, ExecutionView>();
  for (const { name, executionId = "" } of nodes) {
    const behind = known.get(executionId);
    if (behind !== undefined) views.set(name, viewOf(behind, await runs.of(behind.execution)));
  }
  return views;
}

/** A task of a run with its best trial; undefined where nothing is looked for, or no trial is complete. */
export interface DescribedTask {
  readonly state: NodeRecord["state"];
  readonly summary: TaskSummaryView;
  readonly best: ExecutionView | undefined;
}

/** The tasks among nodes of a run that have begun, by the names of the nodes. */
export async function describeNodeTasks(
  store: ProjectStore,
  run: RunRecord,
  nodes: readonly NodeRecord[],
): Promise<ReadonlyMap<string, DescribedTask>> {
  const tasks = new Map<string, DescribedTask>();
  for (const node of nodes) {
    const { name, state, executionId } = node;
    if (executionId !== undefined || state === "waiting" || state === "skipped") continue;
    const planned = await store.nodes.getPlanned(run.id, name);
    if (planned?.kind !== "task") continue;
    const summary = await summaryOf(store, run, node, planned);
    const best = summary.best === null ? undefined : await store.findByNumber(summary.best.execution);
    const view = best?.kind === "execution" ? await describeExecution(store, best.execution) : undefined;
    tasks.set(name, { state, summary, best: view });
  }
  return tasks;
}

const NODES_AT_ONCE = 1_000;

class NodeDescriber {
  readonly #store: ProjectStore;
  readonly #run: RunRecord;
  readonly #runs: KnownRuns;
  readonly #attempts: EarlierAttempts;

  constructor(store: ProjectStore, run: RunRecord) {
    this.#store = store;
    this.#run = run;
    this.#runs = new KnownRuns(store, run);
    this.#attempts = new EarlierAttempts(store, run);
  }

  async page(query: NodeQuery): Promise<Page<NodeView>> {
    const { items, next } = await this.#store.lists.nodes(this.#run.id, query);
    const ids = new Set(items.flatMap(({ node }) => node.executionId ?? []));
    const executions = await this.#store.executions.listById(ids);
    const known = new Map(executions.map((each) => [each.execution.id, each]));
    const nodes: NodeView[] = [];
    for (const { node, planned } of items) {
      const behind = node.executionId === undefined ? undefined : known.get(node.executionId);
      const view = behind === undefined ? null : viewOf(behind, await this.#runs.of(behind.execution));
      const earlierAttempts = behind === undefined ? [] : await this.#attempts.before(behind.execution);
      const task = planned.kind === "task" ? await summaryOf(this.#store, this.#run, node, planned) : null;
      nodes.push(nodeView(node, plannedFacts(planned), view, { earlierAttempts, task }));
    }
    return { items: nodes, next };
  }
}

/** Few runs have a task, and what reads one loads much. */
async function summaryOf(
  store: ProjectStore,
  run: RunRecord,
  node: NodeRecord,
  planned: PlannedTask,
): Promise<TaskSummaryView> {
  const [{ recordedTask }, { taskSummary }] = await Promise.all([
    import("../tasks/read-task.ts"),
    import("../tasks/task-view.ts"),
  ]);
  return taskSummary(await recordedTask(store, run, node, planned));
}

export async function describeExecution(store: ProjectStore, execution: ExecutionRecord): Promise<ExecutionView> {
  const [run, inputs, outputs] = await Promise.all([
    store.runs.get(execution.runId),
    store.data.listInputFiles(execution.id),
    store.data.listOutputs(execution.id),
  ]);
  const view = viewOf({ execution, inputs, outputs }, run);
  return { ...view, inputs: await withMakers(store, view.inputs) };
}

/** Executions with their files and their runs, in the order of the records. */
export async function describeExecutions(
  store: ProjectStore,
  records: readonly ExecutionRecord[],
): Promise<readonly { readonly view: ExecutionView; readonly run: RunRecord | undefined }[]> {
  const behind = new Map(
    (await store.executions.listById(records.map(({ id }) => id))).map((each) => [each.execution.id, each]),
  );
  const runs = new KnownRuns(store);
  const described = [];
  for (const each of records.flatMap(({ id }) => behind.get(id) ?? [])) {
    const run = await runs.of(each.execution);
    described.push({ view: viewOf(each, run), run });
  }
  return described;
}

/** Adds who made each input: looked up for one execution only, since a run may have a hundred thousand. */
async function withMakers(store: ProjectStore, inputs: ExecutionView["inputs"]): Promise<ExecutionView["inputs"]> {
  const makers = new Map<string, Promise<ExecutionRecord | undefined>>();
  return await Promise.all(
    inputs.map(async (input) => {
      const datum = await store.data.get(input.datum);
      if (datum?.executionId === undefined) return input;
      const maker = makers.get(datum.executionId) ?? store.executions.get(datum.executionId);
      makers.set(datum.executionId, maker);
      const execution = await maker;
      return execution === undefined
        ? input
        : { ...input, madeBy: { execution: execution.number, node: execution.node, name: datum.name } };
    }),
  );
}

function viewOf({ execution, inputs, outputs }: NodeExecution, run: RunRecord | undefined): ExecutionView {
  return executionView(execution, run?.number ?? 0, inputs, outputs);
}

/** Read once for a run, and only where some node was tried again. */
class EarlierAttempts {
  readonly #store: ProjectStore;
  readonly #run: RunRecord;
  #byNode: Promise<ReadonlyMap<string, readonly AttemptRecord[]>> | undefined;

  constructor(store: ProjectStore, run: RunRecord) {
    this.#store = store;
    this.#run = run;
  }

  async before({ node, attempt, runId }: ExecutionRecord): Promise<readonly AttemptRecord[]> {
    if (attempt === 1 || runId !== this.#run.id) return [];
    this.#byNode ??= this.#store.nodes
      .listEarlierAttempts(this.#run.id)
      .then((all) => Map.groupBy(all, (each) => each.node));
    return (await this.#byNode).get(node) ?? [];
  }
}

/** A reused execution belongs to another run, and many of them to the same. */
class KnownRuns {
  readonly #store: ProjectStore;
  readonly #known = new Map<string, RunRecord>();

  constructor(store: ProjectStore, own?: RunRecord) {
    this.#store = store;
    if (own !== undefined) this.#known.set(own.id, own);
  }

  async of({ runId }: ExecutionRecord): Promise<RunRecord | undefined> {
    const run = this.#known.get(runId) ?? (await this.#store.runs.get(runId));
    if (run !== undefined) this.#known.set(runId, run);
    return run;
  }
}
