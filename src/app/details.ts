import type { DatumView, ExecutionView, NodeView, Page, RunDetailView } from "../api/index.ts";
import type { ExecutionRecord, NodeExecution, NodeQuery, ProjectStore, RunRecord } from "../store/index.ts";
import type { Compared } from "./compare/compare-subjects.ts";
import { executionsOfRun } from "./executions-of-run.ts";
import { findSubject } from "./refs.ts";
import { executionView, nodeView, runDetailView } from "./view-of.ts";

export async function describeSubject(store: ProjectStore, ref: string): Promise<Compared> {
  const subject = await findSubject(store, ref);
  if (subject.kind === "run") return { kind: "run", run: await describeRun(store, subject.run) };
  return { kind: "execution", execution: await describeExecution(store, subject.execution) };
}

/** A run with all its nodes, which are read in pages. */
export async function describeRun(store: ProjectStore, run: RunRecord): Promise<RunDetailView> {
  const describer = new NodeDescriber(store, run);
  const nodes: NodeView[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await describer.page({ limit: NODES_AT_ONCE, ...(after === undefined ? {} : { after }) });
    nodes.push(...page.items);
    after = page.next;
  }
  return runDetailView(run, nodes);
}

/** A page of a run's nodes with their executions; what it costs does not grow with the run. */
export function describeNodes(store: ProjectStore, run: RunRecord, query: NodeQuery): Promise<Page<NodeView>> {
  return new NodeDescriber(store, run).page(query);
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
      const facts = { step: planned.step.name, dependsOn: planned.dependsOn, attempts: planned.retry?.attempts ?? 1 };
      nodes.push(nodeView(node, facts, view, behind === undefined ? [] : await this.#attempts.before(behind.execution)));
    }
    return { items: nodes, next };
  }
}

async function describeExecution(store: ProjectStore, execution: ExecutionRecord): Promise<ExecutionView> {
  const [run, inputs, outputs] = await Promise.all([
    store.runs.get(execution.runId),
    store.data.listInputFiles(execution.id),
    store.data.listOutputs(execution.id),
  ]);
  const view = viewOf({ execution, inputs, outputs }, run);
  return { ...view, inputs: await withMakers(store, view.inputs) };
}

/** Executions with their files, in the order of the records. */
export async function describeExecutions(store: ProjectStore, records: readonly ExecutionRecord[]): Promise<readonly ExecutionView[]> {
  const behind = new Map((await store.executions.listById(records.map(({ id }) => id))).map((each) => [each.execution.id, each]));
  const runs = new KnownRuns(store);
  return await Promise.all(
    records.flatMap(({ id }) => behind.get(id) ?? []).map(async (each) => viewOf(each, await runs.of(each.execution))),
  );
}

/** Who made each input: looked up for one execution only, since a run may have a hundred thousand. */
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
  #byNode: Promise<ReadonlyMap<string, readonly ExecutionRecord[]>> | undefined;

  constructor(store: ProjectStore, run: RunRecord) {
    this.#store = store;
    this.#run = run;
  }

  async before({ node, attempt, runId }: ExecutionRecord): Promise<readonly ExecutionRecord[]> {
    if (attempt === 1 || runId !== this.#run.id) return [];
    this.#byNode ??= executionsOfRun(this.#store, this.#run.id).then((all) => Map.groupBy(all, (execution) => execution.node));
    return ((await this.#byNode).get(node) ?? []).filter((execution) => execution.attempt < attempt);
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

/** Outputs of an execution, or of all executions of a run, node after node. */
export async function outputsOf(store: ProjectStore, ref: string): Promise<readonly DatumView[]> {
  const subject = await describeSubject(store, ref);
  if (subject.kind === "execution") return subject.execution.outputs;
  return subject.run.nodes.flatMap((node) => node.execution?.outputs ?? []);
}
