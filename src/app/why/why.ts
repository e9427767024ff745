import type { WhyView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { ProjectStore, RunRecord } from "../../store/index.ts";
import type { ProjectResources } from "../project-resources.ts";
import { findSubject } from "../refs.ts";
import { Explainer } from "./explain.ts";

/** So many nodes are each held against several earlier executions. */
const FEW_NODES = 50;

/** Why a run's nodes ran or were reused, in the plan's order; of one node with the differences of its code. */
export async function whyOf(project: ProjectResources, store: ProjectStore, ref: string): Promise<readonly WhyView[]> {
  const { run, node } = await subjectOf(store, ref);
  const records = node === undefined ? await store.nodes.list(run.id) : [await store.nodes.get(run.id, node)];
  const blobs = await project.blobs();
  const explainer = new Explainer(store, blobs);
  const planned = await explainer.nodesOf(run.id);
  const options = { diffs: records.length === 1, isOneOfMany: records.length > FEW_NODES };
  const views: WhyView[] = [];
  for (const record of records) {
    if (record === undefined) throw noNode(run, node ?? "", [...planned.keys()]);
    views.push(await explainer.explain({ run, record, node: planned.get(record.name) }, options));
  }
  return views;
}

const OF_NODE = /^(?<run>[#=]?\d+|latest)\.(?<node>.+)$/;

/** A node of a run by its own name: where it was reused, its execution belongs to another run. */
async function subjectOf(store: ProjectStore, ref: string): Promise<{ readonly run: RunRecord; readonly node?: string }> {
  const groups = OF_NODE.exec(ref.trim())?.groups;
  const subject = await findSubject(store, groups?.run ?? ref);
  if (subject.kind === "run") return groups?.node === undefined ? { run: subject.run } : { run: subject.run, node: groups.node };
  if (groups?.node !== undefined) {
    throw new HeadraceError("HR_NOT_FOUND", `${subject.execution.number} is an execution and has no nodes`, {
      hint: `\`headrace why ${subject.execution.number}\` explains it`,
    });
  }
  const run = await store.runs.get(subject.execution.runId);
  if (run === undefined) throw new HeadraceError("HR_NOT_FOUND", `the run of execution ${subject.execution.number} is missing`);
  return { run, node: subject.execution.node };
}

function noNode(run: RunRecord, node: string, names: readonly string[]): HeadraceError {
  const shown = names.slice(0, 20).join(", ");
  return new HeadraceError("HR_NOT_FOUND", `run ${run.number} has no node ${node}`, {
    hint: `its nodes are ${shown}${names.length > 20 ? ` and ${names.length - 20} more` : ""}`,
  });
}
