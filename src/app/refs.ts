import { HeadraceError } from "../errors.ts";
import type { ExecutionRecord, ProjectStore, RunRecord } from "../store/index.ts";

/** What a user's reference means. */
export type Subject =
  | { readonly kind: "run"; readonly run: RunRecord }
  | { readonly kind: "execution"; readonly execution: ExecutionRecord };

const REF = /^(?:[#=]?(?<number>[1-9]\d{0,14})|(?<latest>latest))(?:\.(?<node>.+))?$/;

/** Reads `12`, `#12`, `latest`, `12.train` or `latest.train`. Throws HR_USAGE for another form, HR_NOT_FOUND when there is no such thing. */
export async function findSubject(store: ProjectStore, ref: string): Promise<Subject> {
  const groups = REF.exec(ref.trim())?.groups;
  if (groups === undefined) {
    throw new HeadraceError("HR_USAGE", `\`${ref}\` names no run or execution`, {
      hint: "give a number from `headrace ls`, `latest`, or a node of a run such as 12.train",
    });
  }
  const number = groups.latest === undefined ? Number(groups.number) : await store.runs.latestNumber();
  const found = number === undefined ? undefined : await store.findByNumber(number);
  if (found === undefined)
    throw notFound(number === undefined ? "nothing has run in this project yet" : `there is no run or execution ${number}`);
  return groups.node === undefined ? found : await nodeOf(store, found, groups.node);
}

async function nodeOf(store: ProjectStore, found: Subject, node: string): Promise<Subject> {
  if (found.kind === "execution") throw notFound(`${found.execution.number} is an execution and has no nodes`);
  const nodes = await store.nodes.list(found.run.id);
  const record = nodes.find((candidate) => candidate.name === node);
  if (record === undefined) {
    throw notFound(`run ${found.run.number} has no node ${node}`, `its nodes are ${nodes.map((candidate) => candidate.name).join(", ")}`);
  }
  const execution = record.executionId === undefined ? undefined : await store.executions.get(record.executionId);
  if (execution === undefined) throw notFound(`node ${node} of run ${found.run.number} has not been executed (${record.state})`);
  return { kind: "execution", execution };
}

function notFound(message: string, hint = "`headrace ls` lists the runs, `headrace info N` the executions of one"): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", message, { hint });
}
