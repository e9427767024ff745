import type { Advice } from "../../advice.ts";
import { HeadraceError } from "../../errors.ts";
import type { ExecutionRecord, NodeRecord, ProjectStore, RunRecord } from "../../store/index.ts";

/** The meaning of a user's reference. */
export type Subject =
  | { readonly kind: "run"; readonly run: RunRecord }
  | { readonly kind: "execution"; readonly execution: ExecutionRecord };

/** A task of a run, which stands for the executions of its trials. */
export interface TaskNode {
  readonly kind: "task";
  readonly run: RunRecord;
  readonly node: NodeRecord;
}

/** A node whose turn has not come, so that it has no execution. */
export interface NotBegun {
  readonly kind: "not-begun";
  readonly run: RunRecord;
  readonly node: NodeRecord;
}

const REF = /^(?:[#=]?(?<number>[1-9]\d{0,14})|(?<latest>latest))(?:\.(?<node>.+))?$/;

/**
 * Reads `12`, `#12`, `latest`, `12.train` or `latest.train`. Throws HR_USAGE for another form, HR_NOT_FOUND when there
 * is no such thing.
 */
export async function findSubject(store: ProjectStore, ref: string): Promise<Subject> {
  const found = await findSubjectOrTask(store, ref);
  if (found.kind === "task") throw await namesMany(store, found);
  return found;
}

/** The same, for those who take all executions of a task together. */
export async function findSubjectOrTask(store: ProjectStore, ref: string): Promise<Subject | TaskNode> {
  const found = await findNamed(store, ref);
  if (found.kind === "not-begun") throw notBegun(found);
  return found;
}

/** The same, for those who can wait for a node. */
export async function findNamed(store: ProjectStore, ref: string): Promise<Subject | TaskNode | NotBegun> {
  const groups = REF.exec(ref.trim())?.groups;
  if (groups === undefined) {
    throw new HeadraceError("HR_USAGE", `\`${ref}\` names no run or execution`, {
      hint: ["give a number from ", { do: "list-runs" }, ", `latest`, or a node of a run such as 12.train"],
    });
  }
  const number = groups.latest === undefined ? Number(groups.number) : await store.runs.latestNumber();
  const found = number === undefined ? undefined : await store.findByNumber(number);
  if (found === undefined)
    throw notFound(
      number === undefined ? "nothing has run in this project yet" : `there is no run or execution ${number}`,
    );
  return groups.node === undefined ? found : await nodeOf(store, found, groups.node);
}

/** The run that a reference names. Throws HR_USAGE where it names an execution. */
export async function findRun(store: ProjectStore, ref: string): Promise<RunRecord> {
  const subject = await findSubject(store, ref);
  if (subject.kind === "run") return subject.run;
  const { number, node } = subject.execution;
  throw new HeadraceError("HR_USAGE", `${number} is an execution of node ${node}, and no run`, {
    hint: "name its run",
  });
}

/** The execution that a reference names. Throws HR_USAGE where it names a run. */
export async function findExecution(store: ProjectStore, ref: string): Promise<ExecutionRecord> {
  return requireExecution(await findSubject(store, ref));
}

/** Throws HR_USAGE for a run or a task. */
export function requireExecution(subject: Subject | TaskNode): ExecutionRecord {
  if (subject.kind === "execution") return subject.execution;
  if (subject.kind === "task") {
    const { run, node } = subject;
    throw new HeadraceError("HR_USAGE", `node ${node.name} of run ${run.number} is a task, and has many executions`, {
      hint: "name one of them by its number",
    });
  }
  throw new HeadraceError("HR_USAGE", `${subject.run.number} is a run, and no execution`, {
    hint: `name one of its nodes, such as ${subject.run.number}.NODE, or the number of an execution`,
  });
}

/** The run that is named, or to which the named execution belongs. */
export async function runOfSubject(store: ProjectStore, subject: Subject): Promise<RunRecord> {
  const run = subject.kind === "run" ? subject.run : await store.runs.get(subject.execution.runId);
  if (run !== undefined) return run;
  throw new HeadraceError("HR_NOT_FOUND", "the run of the execution is missing");
}

async function nodeOf(store: ProjectStore, found: Subject, node: string): Promise<Subject | TaskNode | NotBegun> {
  if (found.kind === "execution") throw notFound(`${found.execution.number} is an execution and has no nodes`);
  const record = await store.nodes.get(found.run.id, node);
  const best = record === undefined ? await bestOfTask(store, found.run, node) : undefined;
  if (best !== undefined) return { kind: "execution", execution: best };
  const group = found.run.groups?.find(({ name }) => name === node);
  if (record === undefined && group !== undefined)
    throw notFound(
      `${node} of run ${found.run.number} runs the pipeline ${group.pipeline}, and is several nodes`,
      await namesHint(store, found, `${node}.`),
    );
  if (record === undefined)
    throw notFound(`run ${found.run.number} has no node ${node}`, await namesHint(store, found));
  const execution = record.executionId === undefined ? undefined : await store.executions.get(record.executionId);
  if (execution !== undefined) return { kind: "execution", execution };
  const planned = await store.nodes.getPlanned(found.run.id, node);
  return { kind: planned?.kind === "task" ? "task" : "not-begun", run: found.run, node: record };
}

const BEST = ".best";

/** `12.tune.best` is the best execution of task `tune`, as edges name it. Undefined where that is no task. */
async function bestOfTask(store: ProjectStore, run: RunRecord, name: string): Promise<ExecutionRecord | undefined> {
  if (!name.endsWith(BEST)) return undefined;
  const task = name.slice(0, -BEST.length);
  const planned = await store.nodes.getPlanned(run.id, task);
  if (planned?.kind !== "task") return undefined;
  const { bestTrial } = await import("../tasks/best-trial.ts");
  const best = await bestTrial(store, run, planned);
  const execution = best === undefined ? undefined : await store.executions.get(best.executionId);
  if (execution !== undefined) return execution;
  const has = planned.sweep.goals.length === 0 ? "has no goal, so that no trial is its best" : "has no best trial yet";
  throw notFound(`task ${task} of run ${run.number} ${has}`, "name one of its executions by its number");
}

/** A task has many executions: none of them is meant by its name. */
async function namesMany(store: ProjectStore, { run, node: { name } }: TaskNode): Promise<HeadraceError> {
  const numbers = (await store.tasks.listTrials(run.id, name)).map(({ number }) => number);
  const shown = numbers.slice(0, NAMED).join(", ");
  const more = numbers.length > NAMED ? ` and ${numbers.length - NAMED} more` : "";
  const planned = await store.nodes.getPlanned(run.id, name);
  const best =
    planned?.kind === "task" && planned.sweep.goals.length > 0 ? `; ${run.number}.${name}.best is the best` : "";
  return new HeadraceError("HR_USAGE", `node ${name} of run ${run.number} is a task, and has many executions`, {
    hint: numbers.length === 0 ? "none has begun yet" : `name one of them: ${shown}${more}${best}`,
  });
}

export function notBegun({ run, node }: NotBegun): HeadraceError {
  return notFound(`node ${node.name} of run ${run.number} has not been executed (${node.state})`);
}

const NAMED = 20;

async function namesHint(store: ProjectStore, { run }: { readonly run: RunRecord }, prefix = ""): Promise<string> {
  const all = (await store.nodes.list(run.id)).map(({ name }) => name);
  const names = all.filter((name) => name.startsWith(prefix));
  return `its nodes are ${names.slice(0, NAMED).join(", ")}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ""}`;
}

function notFound(
  message: string,
  hint: Advice = [{ do: "list-runs" }, " lists the runs, ", { do: "show-run" }, " the executions of one"],
): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", message, { hint });
}
