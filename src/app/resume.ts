import { HeadraceError } from "../errors.ts";
import { FINAL_STATES, type RunState, type Store } from "../store/index.ts";
import type { EngineSetting } from "./assemble-engine.ts";
import type { ProjectLocation, RunOptions } from "./project.ts";
import { findSubject } from "./refs.ts";
import { forgetDrivers, whereaboutsOf } from "./run-driver.ts";
import { resumeRun } from "./run-plan.ts";
import { runView } from "./view-of.ts";
import type { RunDetailView, RunView } from "./views.ts";

const UNFINISHED: readonly RunState[] = ["created", "queued", "started", "stopping"];

export async function resumeByRef(setting: EngineSetting, ref: string, options: RunOptions): Promise<RunDetailView> {
  const subject = await findSubject(setting.store, ref);
  const run = subject.kind === "run" ? subject.run : await setting.store.getRun(subject.execution.runId);
  if (run === undefined) throw new HeadraceError("HR_NOT_FOUND", `the run of ${ref} is missing`);
  if ((FINAL_STATES as readonly string[]).includes(run.state)) {
    // Its driver may have died just after it had recorded the end.
    await forgetDrivers(setting.location, async (runId) => runId === run.id);
    throw new HeadraceError("HR_CONFLICT", `run ${run.number} has ended already (${run.state})`, {
      hint: `\`headrace run ${run.name}\` starts it afresh`,
    });
  }
  if ((await whereaboutsOf(setting.location, run.id)) === "elsewhere") {
    throw new HeadraceError(
      "HR_CONFLICT",
      `run ${run.number} was started in another folder or on another machine, which may still drive it`,
      {
        hint: `\`headrace stop ${run.number}\` works from here; \`headrace resume ${run.number}\` works where it was started`,
      },
    );
  }
  return await resumeRun(setting, run, options);
}

export async function abandonedRuns(location: ProjectLocation, store: Store): Promise<readonly RunView[]> {
  const unfinished = await store.listRuns({ limit: 1000, states: UNFINISHED });
  const abandoned: RunView[] = [];
  for (const run of unfinished.toReversed()) if ((await whereaboutsOf(location, run.id)) === "abandoned") abandoned.push(runView(run));
  return abandoned;
}
