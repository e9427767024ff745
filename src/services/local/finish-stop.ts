import type { StopView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type ExecutionRecord, isFinal, type ProjectStore, type RunRecord, type RunState } from "../../store/index.ts";
import type { EngineSetting } from "../installation/assemble-engine.ts";
import { graceMs } from "../installation/grace.ts";
import { findSubject, runOfSubject, type Subject } from "../records/refs.ts";
import { isOfOwnPool, ownershipOfRuns } from "../runs/run-ownership.ts";
import { resumeRun } from "../runs/run-plan.ts";

/**
 * The process that drives the run hears of the request at once; this long it may take to interrupt, wait out the grace
 * and record.
 */
const PATROL_MS = 1000;
/** So long a driver that cannot be looked at from here may take, beyond the grace that steps have. */
const ELSEWHERE_MS = 30_000;

/**
 * Waits until a run or an execution that was asked to stop has stopped. If the process that drove the run is dead, this
 * one takes the run over and stops it, so that no step goes on unseen and no record says for ever that it runs.
 */
export async function finishStop(setting: EngineSetting, ref: string): Promise<StopView> {
  const { store } = setting;
  const subject = await findSubject(store, ref);
  await ended(setting, await runOfSubject(store, subject), subject);
  return { stopped: true, state: await stateOf(store, subject) };
}

async function ended(setting: EngineSetting, run: RunRecord, subject: Subject): Promise<void> {
  const deadline = performance.now() + ELSEWHERE_MS + graceMs(setting.project.env);
  for (;;) {
    const changed = nextEvent(setting.store);
    if (isFinal(await stateOf(setting.store, subject))) return changed.cancel();
    const current = (await setting.store.runs.get(run.id)) ?? run;
    const ownership = await (await ownershipOfRuns(setting.project, setting.store))(current);
    const isOrphan = ownership === "abandoned" || ownership === "waiting";
    const isLate = performance.now() > deadline;
    if (isLate && (ownership === "elsewhere" || (isOrphan && !isOfOwnPool(setting.project, current)))) {
      changed.cancel();
      throw unanswered(run);
    }
    if (isOrphan && isOfOwnPool(setting.project, current)) {
      changed.cancel();
      if (isFinal(current.state)) return;
      if (subject.kind === "execution") throw notDriven(current, subject.execution);
      await resumeRun(setting, current, { tags: [] });
      return;
    }
    await changed.promise;
  }
}

function unanswered(run: RunRecord): HeadraceError {
  const message = `run ${run.number} was asked to stop, but the process that drives it, in another folder or on another machine, does not answer`;
  return new HeadraceError("HR_CONFLICT", message, {
    hint: ["if it is dead, ", { do: "stop", run: run.number }, " works where the run was started"],
  });
}

/** To stop one execution, the rest of its run would have to be carried on with here: that is not what was asked for. */
function notDriven(run: RunRecord, execution: ExecutionRecord): HeadraceError {
  return new HeadraceError(
    "HR_CONFLICT",
    `execution ${execution.number} belongs to run ${run.number}, which no process drives any more`,
    {
      hint: [
        { do: "resume", run: run.number },
        " carries on with the run and stops this execution, ",
        { do: "stop", run: run.number },
        " stops all of it",
      ],
    },
  );
}

function nextEvent(store: ProjectStore): { readonly promise: Promise<void>; readonly cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = store.events.listen(resolve);
  // The driver may die without a word: then no event comes.
  const timer = setTimeout(resolve, PATROL_MS);
  const cancel = (): void => {
    unsubscribe();
    clearTimeout(timer);
  };
  return { promise: promise.finally(cancel), cancel };
}

async function stateOf(store: ProjectStore, subject: Subject): Promise<RunState> {
  const record: RunRecord | ExecutionRecord | undefined =
    subject.kind === "run" ? await store.runs.get(subject.run.id) : await store.executions.get(subject.execution.id);
  return record?.state ?? "stopped";
}
