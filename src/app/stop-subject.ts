import { HeadraceError } from "../errors.ts";
import { type ExecutionRecord, isFinal, type ProjectStore, type RunRecord, type RunState } from "../store/index.ts";
import type { EngineSetting } from "./assemble-engine.ts";
import { graceMs } from "./grace.ts";
import { findSubject, type Subject } from "./refs.ts";
import { isOfOwnPool, ownershipOfRuns } from "./run-ownership.ts";
import { resumeRun } from "./run-plan.ts";

/** The process that drives the run hears of the request at once; this long it may take to interrupt, wait out the grace and record. */
const PATROL_MS = 1000;
/** So long a driver that cannot be looked at from here may take, beyond the grace that steps have. */
const ELSEWHERE_MS = 30_000;

/**
 * Asks a run or execution to stop and waits until it has. Where the process that drove the run is dead, this one takes the run over
 * and stops it, so that no step goes on unseen and no record says for ever that it runs.
 */
export async function stopSubject(setting: EngineSetting, ref: string): Promise<{ readonly stopped: boolean; readonly state: string }> {
  const { store } = setting;
  const subject = await findSubject(store, ref);
  const run = subject.kind === "run" ? subject.run : await store.runs.get(subject.execution.runId);
  if (run === undefined) throw new HeadraceError("HR_NOT_FOUND", `the run of ${ref} is missing`);
  const target = subject.kind === "run" ? { runId: run.id } : { runId: run.id, executionId: subject.execution.id };
  const asked = await store.runs.requestStop({ ...target, actor: setting.actor }, Date.now());
  if (!asked) return { stopped: false, state: await stateOf(store, subject) };
  await ended(setting, run, subject);
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
    hint: `if it is dead, run \`headrace stop ${run.number}\` where the run was started`,
  });
}

/** To stop one execution, the rest of its run would have to be carried on with here: that is not what was asked for. */
function notDriven(run: RunRecord, execution: ExecutionRecord): HeadraceError {
  return new HeadraceError("HR_CONFLICT", `execution ${execution.number} belongs to run ${run.number}, which no process drives any more`, {
    hint: `\`headrace resume ${run.number}\` carries on with the run and stops this execution, \`headrace stop ${run.number}\` stops all of it`,
  });
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
