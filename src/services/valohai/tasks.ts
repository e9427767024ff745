import type { CountedList, ValohaiApi, ValohaiStop, ValohaiTask, ValohaiTaskDetail } from "../../api/index.ts";
import type { Config, ParameterValue, Step } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { NodeRecord, ProjectStore, RunRecord } from "../../store/index.ts";
import { isoTime } from "../records/view-of.ts";
import { stopTask as requestStop } from "../tasks/change-task.ts";
import { findTask, recordedTask } from "../tasks/read-task.ts";
import { type RecordedTask, taskView } from "../tasks/task-view.ts";
import { changedStep, DEFAULT_ENVIRONMENT, variablesOf, withStep } from "./execution-changes.ts";
import { commitOf, creatorOf, type Surroundings, surroundingsOf, taskIdOf } from "./execution-view.ts";
import { numberIn } from "./find-execution.ts";
import { parameterValueOf } from "./pipeline-definition.ts";
import { startPlanned } from "./start-planned.ts";
import { taskOfTemplate } from "./task-nodes.ts";
import type { ValohaiContext } from "./valohai-api.ts";

type Filter = Parameters<ValohaiApi["tasks"]["list"]>[0];
type NewTask = Parameters<ValohaiApi["tasks"]["create"]>[0];

/** Tasks of runs by themselves and of pipelines, once they have begun. */
export async function listTasks(context: ValohaiContext, filter: Filter): Promise<CountedList<ValohaiTask>> {
  const { status, counter, creator, ordering, offset, limit } = filter;
  if (filter.deleted === true || creator === null) return { count: 0, results: [] };
  const around = await surroundingsOf(context);
  const store = await context.project.writer();
  const { items, count } = await store.tasks.list(
    {
      direction: ordering.startsWith("-") ? "descending" : "ascending",
      ...(status !== undefined && { states: status.flatMap((each) => STATES[each] ?? []) }),
      ...(counter !== undefined && { runs: counter }),
      ...(typeof creator === "string" && { actor: creator }),
    },
    { offset, limit },
  );
  const results: ValohaiTask[] = [];
  for (const { runId, node } of items) {
    const run = await store.runs.get(runId);
    if (run !== undefined) results.push(viewOf(around, await findTask(store, run, node)));
  }
  return { count, results };
}

const STATES: Readonly<Record<string, readonly NodeRecord["state"][]>> = {
  created: ["waiting"],
  started: ["active"],
  incomplete: ["waiting", "active"],
  complete: ["complete"],
  error: ["error"],
  stopped: ["stopped", "skipped"],
};

export async function getTask(context: ValohaiContext, ref: string): Promise<ValohaiTaskDetail> {
  return detailOf(await surroundingsOf(context), await lookUp(await context.project.writer(), ref));
}

/** Starts a run of a task whose parameters and rules the client spells out; the step is that of the code. */
export async function createTask(context: ValohaiContext, body: NewTask): Promise<ValohaiTaskDetail> {
  const { step, commit, title, tags, environment } = body;
  const { task_stop_expression: stop, ...template } = body;
  const { task, parameters } = taskOfTemplate(title === "" ? step : (title ?? step), {
    ...template,
    ...(stop === undefined ? {} : { stop_expression: stop }),
  });
  const fixed = Object.entries(parameters).map(([name, value]) => [name, fixedValue(name, value)] as const);
  // The last task of a name counts.
  const withTask = (config: Config): Config => {
    const changed = withStep(config, step, (found) =>
      withFixed(changedStep(found, { ...body, parameters: {} }), new Map(fixed)),
    );
    return { ...changed, tasks: [...changed.tasks, task] };
  };
  const request = {
    ...({ target: task.name, kind: "task", commit, inputs: [], parameters: [] } as const),
    environmentVariables: variablesOf(body.environment_variables),
    ...(typeof environment === "string" && environment !== DEFAULT_ENVIRONMENT && { environment }),
  };
  const labels = { tags, ...(title === undefined || title === "" ? {} : { title }) };
  const run = await startPlanned(context, request, { ...labels, change: withTask });
  return detailOf(await surroundingsOf(context), await onlyTask(await context.project.writer(), run));
}

/** A value that all executions have may come as `{style: single, rules: {value: …}}`. */
function fixedValue(name: string, value: unknown): ParameterValue {
  return parameterValueOf(value, `parameter ${name}`);
}

function withFixed(step: Step, values: ReadonlyMap<string, ParameterValue>): Step {
  const unknown = [...values.keys()].find((name) => !step.parameters.some((parameter) => parameter.name === name));
  if (unknown !== undefined)
    throw new HeadraceError("HR_PLAN_INVALID", `step ${step.name} has no parameter ${JSON.stringify(unknown)}`, {
      hint: "compare it with the file",
    });
  const parameters = step.parameters.map((parameter) => {
    const value = values.get(parameter.name);
    const { default: _, defaultTexts: __, ...rest } = parameter;
    return value === undefined ? parameter : value === null ? rest : { ...rest, default: value };
  });
  return { ...step, parameters };
}

export async function stopTask(context: ValohaiContext, ref: string): Promise<ValohaiStop> {
  const { run, node } = await lookUp(await context.project.writer(), ref);
  const { accepted, state } = await requestStop(context, String(run.number), node.name);
  return { detail: accepted ? "it is asked to stop" : "it had ended already", status: state };
}

/** By the counter of its run, `latest` or `RUN-NODE`. Throws HR_NOT_FOUND, or HR_CONFLICT where a run has several. */
async function lookUp(store: ProjectStore, ref: string): Promise<RecordedTask> {
  if (ref === "latest") {
    const [last] = (await store.tasks.list({}, { offset: 0, limit: 1 })).items;
    const run = last === undefined ? undefined : await store.runs.get(last.runId);
    if (last !== undefined && run !== undefined) return await findTask(store, run, last.node);
    throw notThere(ref);
  }
  const number = numberIn(ref);
  if (number !== undefined) {
    const found = await store.findByNumber(number);
    if (found?.kind !== "run") throw notThere(ref);
    return await onlyTask(store, found.run);
  }
  const run = await store.runs.get(ref.slice(0, ID_LENGTH));
  const node = ref.slice(ID_LENGTH + 1);
  if (run === undefined || (await store.nodes.getPlanned(run.id, node))?.kind !== "task") throw notThere(ref);
  return await findTask(store, run, node);
}

const ID_LENGTH = 36;

async function onlyTask(store: ProjectStore, run: RunRecord): Promise<RecordedTask> {
  const plan = await store.nodes.getPlan(run.id);
  const [task, ...others] = (plan?.nodes ?? []).flatMap((node) => (node.kind === "task" ? [node] : []));
  const node = task === undefined ? undefined : await store.nodes.get(run.id, task.name);
  if (task === undefined || node === undefined) throw notThere(String(run.number));
  if (others.length > 0)
    throw new HeadraceError("HR_CONFLICT", `run ${run.number} has ${others.length + 1} tasks`, {
      hint: `name one by its id: ${[task, ...others].map(({ name }) => taskIdOf(run, name)).join(", ")}`,
    });
  return await recordedTask(store, run, node, task);
}

function notThere(ref: string): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", `there is no task ${JSON.stringify(ref)}`, {
    hint: "list the tasks of the project",
  });
}

function viewOf({ context: { links }, project }: Surroundings, recorded: RecordedTask): ValohaiTask {
  const { run, node, planned } = recorded;
  const id = taskIdOf(run, node.name);
  const view = taskView(recorded);
  const { complete, running, pruned, failed, stopped } = view;
  const url = links.api(`tasks/${encodeURIComponent(id)}`);
  return {
    ...{ id, counter: run.number, name: node.name, step: planned.step.name },
    status: node.state === "waiting" ? "created" : node.state === "active" ? "started" : stateOf(node.state),
    title: run.kind === "task" ? (run.title ?? run.name) : node.name,
    type: TYPES[planned.sweep.method],
    ...{ tags: run.tags, ctime: isoTime(run.createdAt), creator: creatorOf(run), project },
    commit: commitOf(run.commit),
    ...{
      pipeline: run.kind === "pipeline" ? run.id : null,
      pipeline_counter: run.kind === "pipeline" ? run.number : null,
    },
    execution_summary: {
      count: view.trials.length,
      ...{ complete_count: complete + pruned, started_count: running, error_count: failed, stopped_count: stopped },
    },
    ...{ deleted: false, url },
    urls: { display: links.display(`task/${id}/`), stop: `${url}/stop/` },
  };
}

function stateOf(state: Exclude<NodeRecord["state"], "waiting" | "active">): ValohaiTask["status"] {
  return state === "skipped" ? "stopped" : state;
}

const TYPES: Readonly<Record<RecordedTask["planned"]["sweep"]["method"], ValohaiTask["type"]>> = {
  grid: "grid_search",
  random: "random_search",
  manual: "manual_search",
  tpe: "bayesian_tpe",
  sobol: "quasi_random",
  distributed: "distributed",
};

function detailOf(around: Surroundings, recorded: RecordedTask): ValohaiTaskDetail {
  const view = taskView(recorded);
  return {
    ...viewOf(around, recorded),
    reason: view.reason,
    best_execution: view.best?.execution ?? null,
    executions: view.trials.map(({ executionId, execution, state, values, metrics, reason }) => ({
      ...{ id: executionId, counter: execution, status: state, parameters: values, metrics, reason },
    })),
  };
}
