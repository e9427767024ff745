import type { ReproductionView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import {
  executionOf,
  type FileRef,
  type InputSource,
  type Plan,
  type PlannedInput,
  type PlannedNode,
} from "../../planning/index.ts";
import {
  type DatumRecord,
  type ExecutionRecord,
  FINAL_STATES,
  type InputFileRecord,
  type NodeRecord,
  type ProjectStore,
  type RunRecord,
} from "../../store/index.ts";
import type { EngineSetting } from "../installation/assemble-engine.ts";
import { recordedCode } from "../plans/plan-code.ts";
import { requireStored } from "../plans/recorded-step.ts";
import { findSubject, type Subject } from "../records/refs.ts";
import type { RunOptions } from "../runs/run-options.ts";
import { runPlan } from "../runs/run-plan.ts";

interface RecordedNode {
  readonly record: NodeRecord;
  readonly execution: ExecutionRecord | undefined;
  readonly inputs: readonly InputFileRecord[];
}

export interface RecordedPlan {
  readonly plan: Plan;
  readonly commit: string;
  readonly number: number;
  readonly nodes: readonly RecordedNode[];
}

/**
 * Returns what was executed, as a plan: the recorded nodes with their parameters and places, and with the very files
 * that came from outside, so that nothing is fetched anew. For a single execution it also has what had come over edges.
 */
export async function recordedPlan(store: ProjectStore, ref: string): Promise<RecordedPlan> {
  const subject = await findSubject(store, ref);
  const run = await runOf(store, subject);
  const plan = await store.nodes.getPlan(run.id);
  if (plan === undefined) throw new HeadraceError("HR_NOT_FOUND", `the plan of run ${run.number} is missing`);
  const wanted = subject.kind === "execution" ? subject.execution : undefined;
  const nodes: RecordedNode[] = [];
  for (const record of await store.nodes.list(run.id)) {
    if (wanted === undefined || record.name === wanted.node) nodes.push(await recordedNode(store, record, wanted));
  }
  requireEnded(subject);
  const byName = new Map(nodes.map((node) => [node.record.name, node]));
  const planned = plan.nodes.flatMap((node) => {
    const recorded = byName.get(node.name);
    if (recorded === undefined) return [];
    return [wanted === undefined ? withinRun(node, recorded) : alone(node, recorded, wanted)];
  });
  const named = wanted === undefined ? plan : { kind: "step" as const, name: wanted.step, parameters: {} };
  return {
    plan: { ...named, nodes: planned },
    commit: wanted?.commit ?? run.commit,
    number: wanted?.number ?? run.number,
    nodes,
  };
}

/** Executes it in a new run, and compares every output by its hash. */
export async function reproduce(setting: EngineSetting, ref: string, options: RunOptions): Promise<ReproductionView> {
  const { store, project } = setting;
  const recorded = await recordedPlan(store, ref);
  const task = recorded.plan.nodes.find(({ kind }) => kind === "task");
  if (task !== undefined)
    throw new HeadraceError(
      "HR_NOT_SUPPORTED",
      `run ${recorded.number} has the task ${task.name}, which cannot be reproduced as a whole`,
      {
        hint: "reproduce its executions one by one",
      },
    );
  requireNoMember(recorded);
  const blobs = await project.blobs();
  await requireStored(blobs, filesOf(recorded.plan), `the inputs of ${ref}`);
  const code = await recordedCode(store, blobs, recorded.plan, recorded.commit);
  const title = options.title ?? `reproduction of #${recorded.number}`;
  const run = await runPlan(setting, { plan: recorded.plan, warnings: [], code }, { ...options, title });
  const nodes = await Promise.all(
    recorded.nodes.map(async ({ record, execution }) => {
      const now = run.nodes.find(({ name }) => name === record.name);
      const before = execution === undefined ? [] : await store.data.listOutputs(execution.id);
      return {
        node: record.name,
        original: execution?.number ?? null,
        execution: now?.execution?.number ?? null,
        originalState: execution?.state ?? record.state,
        state: now?.state ?? "skipped",
        files: compareFiles(newest(before), newest(now?.execution?.outputs ?? [])),
      };
    }),
  );
  const equal = nodes.every(
    (node) => node.state === node.originalState && node.files.every(({ verdict }) => verdict === "equal"),
  );
  return { original: recorded.number, run: run.number, state: run.state, equal, nodes };
}

function requireNoMember({ plan, number }: RecordedPlan): void {
  if (!plan.nodes.some((node) => node.kind === "execution" && node.members !== undefined)) return;
  throw new HeadraceError(
    "HR_NOT_SUPPORTED",
    `execution ${number} is a member of a distributed task, and is nothing without the others`,
    { hint: "run the task again" },
  );
}

async function runOf(store: ProjectStore, subject: Subject): Promise<RunRecord> {
  const run = subject.kind === "run" ? subject.run : await store.runs.get(subject.execution.runId);
  if (run === undefined) throw new HeadraceError("HR_NOT_FOUND", "the run of the execution is missing");
  return run;
}

function requireEnded(subject: Subject): void {
  const { number, state } = subject.kind === "run" ? subject.run : subject.execution;
  if ((FINAL_STATES as readonly string[]).includes(state)) return;
  throw new HeadraceError("HR_CONFLICT", `${subject.kind} ${number} has not ended yet (${state})`, {
    hint: "wait for its end: there is nothing to compare with before",
  });
}

/** Returns the execution to take of a node that was tried several times: one that was named itself, else the last. */
async function recordedNode(
  store: ProjectStore,
  record: NodeRecord,
  wanted: ExecutionRecord | undefined,
): Promise<RecordedNode> {
  const id = wanted?.id ?? record.executionId;
  const execution = wanted ?? (id === undefined ? undefined : await store.executions.get(id));
  return { record, execution, inputs: id === undefined ? [] : await store.data.listInputFiles(id) };
}

function withinRun(node: PlannedNode, { inputs }: RecordedNode): PlannedNode {
  if (node.given !== undefined) return node;
  return { ...node, alwaysRuns: "reproduction", inputs: node.inputs.map((input) => fromOutside(input, inputs)) };
}

/** Returns the input with what URIs brought then in their place; edges bring what their sources make now. */
function fromOutside(input: PlannedInput, recorded: readonly InputFileRecord[]): PlannedInput {
  const uris = new Set(input.sources.flatMap((source) => (source.kind === "uri" ? [source.uri] : [])));
  if (uris.size === 0) return input;
  const files = recorded.filter(
    (file) => file.input === input.name && (file.uri !== `datum://${file.datumId}` || uris.has(file.uri)),
  );
  const edges = input.sources.filter((source) => source.kind !== "uri");
  return { ...input, sources: [...edges, { kind: "given", files: files.map(refOf) }] };
}

/** One execution of a task stands for itself. */
function alone(planned: PlannedNode, { inputs }: RecordedNode, execution: ExecutionRecord): PlannedNode {
  const node = executionOf(planned);
  // The commit of the execution is that of the plan as a whole.
  const { given: _, commit: _commit, ...rest } = node;
  return {
    ...rest,
    parameters: execution.parameters,
    inputs: node.inputs.map((input): PlannedInput => {
      const files = inputs.filter((file) => file.input === input.name).map(refOf);
      const source: InputSource = { kind: "given", files };
      return { ...input, sources: [source] };
    }),
    // Secret ones never stand in the record: they are taken from the plan, as the step would.
    environmentVariables: { ...node.environmentVariables, ...execution.environmentVariables },
    ...{
      parameterEdges: [],
      environmentVariableEdges: [],
      dependsOn: [],
      actions: [],
      alwaysRuns: "reproduction" as const,
    },
  };
}

function refOf({ name, datumId, sha256, sizeBytes, properties }: InputFileRecord): FileRef {
  return { name, datumId, sha256, sizeBytes, ...(properties === undefined ? {} : { properties }) };
}

function filesOf({ nodes }: Plan): readonly FileRef[] {
  return nodes.flatMap(({ inputs }) =>
    inputs.flatMap(({ sources }) => sources.flatMap((source) => (source.kind === "given" ? source.files : []))),
  );
}

/** A live output may have been written several times; the last of a name counts. */
function newest(outputs: readonly Pick<DatumRecord, "name" | "sha256">[]): ReadonlyMap<string, string> {
  return new Map(outputs.map(({ name, sha256 }) => [name, sha256]));
}

type ComparedFile = ReproductionView["nodes"][number]["files"][number];

function compareFiles(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): readonly ComparedFile[] {
  return [...new Set([...before.keys(), ...now.keys()])].sort().map((name): ComparedFile => {
    const [originalSha256, sha256] = [before.get(name) ?? null, now.get(name) ?? null];
    const verdict =
      originalSha256 === null ? "new" : sha256 === null ? "missing" : sha256 === originalSha256 ? "equal" : "different";
    return { name, verdict, originalSha256, sha256 };
  });
}
