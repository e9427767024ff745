import type { RunDetailView } from "../../api/index.ts";
import { onAbort } from "../../concurrency/index.ts";
import type { EventRecord, ProjectStore, RunRecord } from "../../store/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { describeRun } from "../records/details.ts";
import { findSubject, runOfSubject } from "../records/refs.ts";
import type { AttachOptions } from "../runs/run-options.ts";
import { hasEnded, ownershipOfRuns } from "../runs/run-ownership.ts";

/** Interval at which it is checked that somebody drives the run: a driver that dies says nothing. */
const PATROL_MS = 5_000;
const LOOKS_BEFORE_LEAVING = 3;

/** Follows a run that any process drives, to its end or until the signal; the run itself is left alone. */
export async function attachToRun(
  project: ProjectResources,
  store: ProjectStore,
  ref: string,
  options: AttachOptions,
): Promise<RunDetailView> {
  const run = await runOfSubject(store, await findSubject(store, ref));
  const over = Promise.withResolvers<void>();
  const onEvent = (event: EventRecord): void => {
    options.onEvent?.(event);
    const { body } = event;
    if (body.kind === "run-state" && hasEnded(body)) over.resolve();
  };
  const follower = store.events.follow({ runId: run.id }, onEvent);
  const leave = (): void => over.resolve();
  const patrol = patrolling(project, store, run, options, leave);
  using _leaving = onAbort(options.signal, leave);
  try {
    await over.promise;
  } finally {
    clearInterval(patrol);
    await follower.close();
  }
  return await describeRun(store, (await store.runs.get(run.id)) ?? run);
}

/**
 * Says once that nobody drives the run any more; it is taken up by whoever resumes it. The caller who asked for it then
 * leaves, unless somebody takes the run up soon, as the engine of `run --detach` does.
 */
function patrolling(
  project: ProjectResources,
  store: ProjectStore,
  run: RunRecord,
  options: AttachOptions,
  leave: () => void,
): NodeJS.Timeout {
  let looks = 0;
  const look = async (): Promise<void> => {
    const current = await store.runs.get(run.id);
    if (current === undefined || hasEnded(current)) return;
    const ownership = await (await ownershipOfRuns(project, store))(current);
    if (ownership !== "abandoned" && ownership !== "waiting") {
      looks = 0;
      return;
    }
    looks += 1;
    if (options.leavesAbandoned === true && looks >= LOOKS_BEFORE_LEAVING) leave();
    if (looks > 1) return;
    options.onWarning?.([
      `no process drives run ${run.number}; `,
      { do: "resume", run: run.number },
      " or ",
      { do: "start-engine" },
      " carries on with it",
    ]);
  };
  // A failed look can succeed at the next round.
  const patrol = (): void => void look().catch(() => undefined);
  patrol();
  return setInterval(patrol, PATROL_MS);
}
