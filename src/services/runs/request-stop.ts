import type { StopWishView } from "../../api/index.ts";
import { faultPoint } from "../../fault-point.ts";
import type { StopTarget } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { findExecution, findRun } from "../records/refs.ts";

/** Records that a run is to stop. The engine that drives it is told at once; nothing is driven here. */
export async function stopRun(context: Context, ref: string): Promise<StopWishView> {
  const store = await context.project.existingWriter();
  const run = await findRun(store, ref);
  const accepted = await requestStop(context, { runId: run.id });
  return { accepted, state: (await store.runs.get(run.id))?.state ?? run.state };
}

/** Records that an execution is to stop. */
export async function stopExecution(context: Context, ref: string): Promise<StopWishView> {
  const store = await context.project.existingWriter();
  const execution = await findExecution(store, ref);
  const accepted = await requestStop(context, { runId: execution.runId, executionId: execution.id });
  return { accepted, state: (await store.executions.get(execution.id))?.state ?? execution.state };
}

async function requestStop({ actor, now, project }: Context, target: StopTarget): Promise<boolean> {
  const store = await project.existingWriter();
  const isNoted = await store.runs.requestStop({ ...target, actor }, now());
  faultPoint("stop-noted");
  return isNoted;
}
