import type { BlobStore } from "../../blobs/index.ts";
import {
  type Config,
  type Parameter,
  type ParameterValue,
  type Step,
  validateParameterValue,
} from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import {
  type KnownVariables,
  type NodeCommits,
  type Plan,
  type PlannedInput,
  type PlannedNode,
  type PlanProblem,
  planRun,
  type RunRequest,
} from "../../planning/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { OpenedCommits } from "./node-commits.ts";
import { findRecordedStep, type RecordedStep, requireStored } from "./recorded-step.ts";
import { resultOf, standIn } from "./stand-in.ts";

export interface FromRequest extends RunRequest {
  readonly from: string;
  /** Also what follows the step in its pipeline. */
  readonly downstream: boolean;
}

export interface FromOptions {
  readonly config: Config;
  /** Opens the commits that the nodes of a pipeline name. */
  readonly commits: (pipeline: string) => Promise<OpenedCommits>;
  readonly store: ProjectStore;
  readonly blobs: BlobStore;
  readonly variables: KnownVariables;
  readonly refuse: (problems: readonly PlanProblem[]) => HeadraceError;
}

export interface FromPlan {
  readonly plan: Plan;
  readonly warnings: readonly string[];
  readonly recorded: RecordedStep;
  /** The code of nodes that name a commit of their own. */
  readonly others: OpenedCommits["code"];
}

/**
 * One step with today's code and configuration, on the inputs and with the parameters of an earlier execution; what the
 * request says counts more. With `downstream`, also the nodes that follow it, on the results of that earlier run where
 * they do not come from these nodes.
 */
export async function planFrom(request: FromRequest, options: FromOptions): Promise<FromPlan> {
  const recorded = await findRecordedStep(options.store, request.from, request.target);
  const pipeline = options.config.pipelines.find(
    ({ name }) => recorded.run.kind === "pipeline" && name === recorded.run.name,
  );
  const opened = pipeline && (await options.commits(pipeline.name));
  const whole = pipeline && { ...EMPTY, target: pipeline.name, kind: "pipeline" as const };
  const { nodes, groups } = whole === undefined ? NOTHING : planned(options, whole, opened?.commits).plan;
  const others = opened?.code ?? new Map();
  const today = nodes?.find(({ name }) => name === recorded.execution.node);
  const { node: alone, warnings } = planStep(
    request,
    recorded,
    today?.step ?? stepOf(options.config, request.target),
    options,
  );
  const node = { ...alone, ...(today?.commit === undefined ? {} : { commit: today.commit }) };
  const files = node.inputs.flatMap(({ sources }) =>
    sources.flatMap((source) => (source.kind === "given" ? source.files : [])),
  );
  await requireStored(options.blobs, files, `the inputs of execution ${recorded.execution.number}`);
  if (!request.downstream) {
    return { plan: { kind: "step", name: node.step.name, nodes: [node], parameters: {} }, warnings, recorded, others };
  }
  if (nodes === undefined || today === undefined) throw noPipeline(request, recorded);
  const downstream = await followers({ ...node, name: today.name }, nodes, recorded, options);
  const plan: Plan = {
    ...{ kind: "pipeline", name: recorded.run.name, nodes: downstream, parameters: {} },
    ...(groups === undefined ? {} : { groups }),
  };
  return { plan, warnings, recorded, others };
}

const NOTHING: Partial<Pick<Plan, "nodes" | "groups">> = {};
const EMPTY = { parameters: [], inputs: [], environmentVariables: {} } as const;
/** Stands in where an input must have something, until the recorded files take its place. */
const PLACEHOLDER = "datum://given";

function planned(
  { config, variables, refuse }: Pick<FromOptions, "config" | "variables" | "refuse">,
  request: RunRequest,
  commits?: NodeCommits,
): { readonly plan: Plan; readonly warnings: readonly string[] } {
  const result = planRun(config, request, { variables, ...(commits !== undefined && { commits }) });
  if (!result.ok) throw refuse(result.problems);
  return result;
}

function stepOf(config: Config, name: string): Step {
  const step = config.steps.find((candidate) => candidate.name === name);
  if (step !== undefined) return step;
  throw new HeadraceError("HR_UNKNOWN_TARGET", `there is no step ${name}`, {
    hint: `the steps are ${config.steps.map((each) => each.name).join(", ")}`,
  });
}

function planStep(
  request: FromRequest,
  recorded: RecordedStep,
  step: Step,
  options: FromOptions,
): { readonly node: PlannedNode; readonly warnings: readonly string[] } {
  const asked = new Set(request.inputs.map(({ name }) => name));
  const kept = step.inputs.filter(({ name }) => !asked.has(name) && recorded.inputs.has(name));
  // Planned as a run of the step alone, so that the request is held against it as ever.
  const { plan, warnings } = planned(
    { ...options, config: { ...options.config, steps: [step], pipelines: [] } },
    {
      ...request,
      ...{ target: step.name, kind: "step" },
      parameters: request.parameters.map(({ name, values }) => ({ name, values })),
      inputs: [
        ...request.inputs.map(({ name, uris }) => ({ name, uris })),
        ...kept.map(({ name }) => ({ name, uris: [PLACEHOLDER] })),
      ],
    },
  );
  const [node] = plan.nodes;
  if (node === undefined) throw new Error(`the plan of step ${step.name} is empty`);
  const byRequest = new Set(request.parameters.map(({ name }) => name));
  const { values, dropped } = recordedValues(recorded, step.parameters, byRequest);
  const lost = [...recorded.inputs.keys()].filter((name) => !step.inputs.some((input) => input.name === name));
  return {
    node: {
      ...node,
      parameters: inOrder(step.parameters, { ...node.parameters, ...values }),
      inputs: node.inputs.map((input) =>
        kept.some(({ name }) => name === input.name) ? given(input, recorded) : input,
      ),
    },
    warnings: [
      ...warnings,
      ...dropped.map(
        (name) => `the step no longer takes the parameter ${name} of execution ${recorded.execution.number}`,
      ),
      ...lost.map((name) => `the step no longer takes the input ${name} of execution ${recorded.execution.number}`),
    ],
  };
}

function given(input: PlannedInput, { inputs }: RecordedStep): PlannedInput {
  return { ...input, sources: [{ kind: "given", files: inputs.get(input.name) ?? [] }] };
}

function recordedValues(
  { execution }: RecordedStep,
  parameters: readonly Parameter[],
  byRequest: ReadonlySet<string>,
): { readonly values: Readonly<Record<string, ParameterValue>>; readonly dropped: readonly string[] } {
  const values: [string, ParameterValue][] = [];
  const dropped: string[] = [];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(execution.parameters)) {
    if (byRequest.has(name)) continue;
    const parameter = parameters.find((candidate) => candidate.name === name);
    if (parameter === undefined) {
      dropped.push(name);
      continue;
    }
    const result = validateParameterValue(parameter, value);
    if (result.ok) values.push([name, result.value]);
    else problems.push(`${name}: ${result.messages.join("; ")}`);
  }
  if (problems.length > 0) {
    throw new HeadraceError("HR_PLAN_INVALID", `parameters of execution ${execution.number} no longer fit the step`, {
      details: problems,
      hint: ["give them with ", { do: "set", option: "parameter" }],
    });
  }
  return { values: Object.fromEntries(values), dropped };
}

/** The order of declaration is that of the command line. */
function inOrder(
  parameters: readonly Parameter[],
  values: Readonly<Record<string, ParameterValue>>,
): Readonly<Record<string, ParameterValue>> {
  return Object.fromEntries(
    parameters.flatMap(({ name }) =>
      Object.hasOwn(values, name) ? [[name, values[name] as ParameterValue] as const] : [],
    ),
  );
}

function noPipeline(request: FromRequest, { run, execution }: RecordedStep): HeadraceError {
  const why =
    run.kind === "step"
      ? `run ${run.number} was one of the step alone`
      : `the pipeline ${run.name} of run ${run.number} no longer has a node ${execution.node}`;
  return new HeadraceError("HR_USAGE", `nothing follows ${request.target}: ${why}`, {
    hint: [
      "leave ",
      { do: "set", option: "downstream" },
      " out, or name a run of a pipeline with ",
      { do: "set", option: "from" },
    ],
  });
}

/** The step, what follows it, and in the place of all else that these need, the results of the earlier run. */
async function followers(
  start: PlannedNode,
  nodes: readonly PlannedNode[],
  recorded: RecordedStep,
  options: FromOptions,
): Promise<readonly PlannedNode[]> {
  const running = new Set([start.name]);
  for (const { name, dependsOn } of nodes) if (dependsOn.some((source) => running.has(source))) running.add(name);
  const sources = new Set(
    nodes.filter(({ name }) => name !== start.name && running.has(name)).flatMap(({ dependsOn }) => dependsOn),
  );
  const result: PlannedNode[] = [];
  for (const node of nodes) {
    if (node.name === start.name) result.push(start);
    else if (running.has(node.name)) result.push(node);
    else if (sources.has(node.name)) result.push(await standInOf(node, recorded, options));
  }
  return result;
}

async function standInOf(
  node: PlannedNode,
  { run, nodes }: RecordedStep,
  { store, blobs }: FromOptions,
): Promise<PlannedNode> {
  const record = nodes.find(({ name }) => name === node.name);
  const execution = await resultOf(store, { run, record, name: node.name });
  return await standIn(node, execution, { store, blobs });
}
