import type { DatumView, ExecutionView, NodeView, RunDetailView } from "../api/index.ts";
import type { ExecutionRecord, NodeExecution, ProjectStore, RunRecord } from "../store/index.ts";
import type { Compared } from "./compare/compare-subjects.ts";
import { executionsOfRun } from "./executions-of-run.ts";
import { findSubject } from "./refs.ts";
import { executionView, nodeView, runDetailView } from "./view-of.ts";

export async function describeSubject(store: ProjectStore, ref: string): Promise<Compared> {
  const subject = await findSubject(store, ref);
  if (subject.kind === "run") return { kind: "run", run: await describeRun(store, subject.run) };
  return { kind: "execution", execution: await describeExecution(store, subject.execution) };
}

export async function describeRun(store: ProjectStore, run: RunRecord): Promise<RunDetailView> {
  const [plan, records, executions] = await Promise.all([
    store.nodes.getPlan(run.id),
    store.nodes.list(run.id),
    store.executions.listOfNodes(run.id),
  ]);
  const known = new Map(executions.map((each) => [each.execution.id, each]));
  const planned = new Map(plan?.nodes.map((node) => [node.name, node]));
  const runs = new KnownRuns(store, run);
  const attempts = new EarlierAttempts(store, run);
  const nodes: NodeView[] = [];
  for (const record of records) {
    const behind = record.executionId === undefined ? undefined : known.get(record.executionId);
    const view = behind === undefined ? null : viewOf(behind, await runs.of(behind.execution));
    const node = planned.get(record.name);
    const facts = { step: node?.step.name ?? record.name, dependsOn: node?.dependsOn ?? [], attempts: node?.retry?.attempts ?? 1 };
    nodes.push(nodeView(record, facts, view, behind === undefined ? [] : await attempts.before(behind.execution)));
  }
  return runDetailView(run, nodes);
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

  constructor(store: ProjectStore, own: RunRecord) {
    this.#store = store;
    this.#known.set(own.id, own);
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
