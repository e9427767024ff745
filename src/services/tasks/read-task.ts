import type { TaskView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { PlannedTask } from "../../planning/index.ts";
import type { NodeRecord, ProjectStore, RunRecord } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { findRun } from "../records/refs.ts";
import { type RecordedTask, taskView } from "./task-view.ts";

/** A task of a run with all its trials. HR_NOT_FOUND where the run has no such node, HR_USAGE where it is no task. */
export async function getTask({ project }: Context, ref: string, node: string): Promise<TaskView> {
  const store = await project.reader();
  return taskView(await findTask(store, await findRun(store, ref), node));
}

export async function findTask(store: ProjectStore, run: RunRecord, name: string): Promise<RecordedTask> {
  const [node, planned] = await Promise.all([store.nodes.get(run.id, name), store.nodes.getPlanned(run.id, name)]);
  if (node === undefined || planned === undefined) {
    throw new HeadraceError("HR_NOT_FOUND", `run ${run.number} has no node ${name}`, {
      hint: [{ do: "show-run" }, " lists the nodes of a run"],
    });
  }
  if (planned.kind !== "task")
    throw new HeadraceError("HR_USAGE", `node ${name} of run ${run.number} is no task`, {
      hint: "it executes its step once",
    });
  return await recordedTask(store, run, node, planned);
}

export async function recordedTask(
  store: ProjectStore,
  run: RunRecord,
  node: NodeRecord,
  planned: PlannedTask,
): Promise<RecordedTask> {
  const [trials, { moreTrials }] = await Promise.all([
    store.tasks.listTrials(run.id, node.name),
    store.tasks.wishes(run.id, node.name),
  ]);
  return { run, node, planned, trials, moreTrials };
}
