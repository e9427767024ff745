import type { StopWishView, TaskView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Context } from "../context.ts";
import { findExecution, findRun } from "../records/refs.ts";
import { findTask } from "./read-task.ts";
import { taskView } from "./task-view.ts";

const MOST_ADDED = 10_000;

/** Lets a task that goes on make more executions than were planned. */
export async function addTrials(
  { actor, now, project }: Context,
  ref: string,
  name: string,
  count: number,
): Promise<TaskView> {
  if (count > MOST_ADDED) {
    throw new HeadraceError("HR_USAGE", `${count} trials are more than can be added at once`, {
      hint: `add ${MOST_ADDED} at most`,
    });
  }
  const store = await project.existingWriter();
  const run = await findRun(store, ref);
  const { planned } = await findTask(store, run, name);
  if (planned.sweep.method === "distributed") {
    throw new HeadraceError("HR_USAGE", `the task ${name} is distributed: its members have begun together`, {
      hint: "start it again with another `execution-count`",
    });
  }
  if (planned.sweep.method === "manual" || planned.sweep.method === "grid") {
    throw new HeadraceError("HR_USAGE", `the task ${name} runs the values that it lists, and no others`, {
      hint: "start another task with the values that are wanted: earlier executions are reused",
    });
  }
  await store.tasks.addTrials(run.id, name, { count, at: now(), actor });
  return taskView(await findTask(store, run, name));
}

/** Stops an execution of a task, which counts as one that does worse than others. */
export async function pruneExecution({ actor, now, project }: Context, ref: string): Promise<StopWishView> {
  const store = await project.existingWriter();
  const execution = await findExecution(store, ref);
  if (execution.trial === undefined) {
    throw new HeadraceError("HR_USAGE", `execution ${execution.number} is not one of a task`, {
      hint: "stop it instead",
    });
  }
  const { runId, node } = execution;
  const accepted = await store.tasks.prune(runId, node, {
    ...{ executionId: execution.id, reason: "pruned by request", at: now(), actor },
  });
  return { accepted, state: (await store.executions.get(execution.id))?.state ?? execution.state };
}

/** Stops a task and all that runs of it; its run goes on as its rules say. */
export async function stopTask({ actor, now, project }: Context, ref: string, name: string): Promise<StopWishView> {
  const store = await project.existingWriter();
  const run = await findRun(store, ref);
  await findTask(store, run, name);
  const accepted = await store.tasks.requestStop(run.id, name, { actor, at: now() });
  const state = (await store.nodes.get(run.id, name))?.state ?? "stopped";
  return { accepted, state: state === "active" || state === "waiting" || state === "skipped" ? "started" : state };
}
