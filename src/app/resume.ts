import type { RunDetailView, RunView } from "../api/index.ts";
import { HeadraceError } from "../errors.ts";
import type { ProjectStore, RunState } from "../store/index.ts";
import type { EngineSetting } from "./assemble-engine.ts";
import type { RunOptions } from "./project.ts";
import type { ProjectResources } from "./project-resources.ts";
import { findSubject } from "./refs.ts";
import { hasEnded, isOfOwnPool, ownershipOfRuns } from "./run-ownership.ts";
import { resumeRun } from "./run-plan.ts";
import { runView } from "./view-of.ts";

const UNFINISHED: readonly RunState[] = ["created", "queued", "started", "stopping"];

export async function resumeByRef(setting: EngineSetting, ref: string, options: RunOptions): Promise<RunDetailView> {
  const subject = await findSubject(setting.store, ref);
  const run = subject.kind === "run" ? subject.run : await setting.store.runs.get(subject.execution.runId);
  if (run === undefined) throw new HeadraceError("HR_NOT_FOUND", `the run of ${ref} is missing`);
  if (hasEnded(run)) {
    throw new HeadraceError("HR_CONFLICT", `run ${run.number} has ended already (${run.state})`, {
      hint: `\`headrace run ${run.name}\` starts it afresh`,
    });
  }
  return await resumeRun(setting, run, options);
}

/** Unfinished runs that no process drives and that this folder could carry on with, oldest first. */
export async function abandonedRuns(project: ProjectResources, store: ProjectStore): Promise<readonly RunView[]> {
  const unfinished = (await store.runs.list({ limit: 1000, states: UNFINISHED })).filter((run) => isOfOwnPool(project, run));
  if (unfinished.length === 0) return [];
  const ownershipOf = await ownershipOfRuns(project, store);
  const abandoned: RunView[] = [];
  for (const run of unfinished.toReversed()) {
    const ownership = await ownershipOf(run);
    if (ownership === "abandoned" || ownership === "waiting") abandoned.push(runView(run));
  }
  return abandoned;
}
