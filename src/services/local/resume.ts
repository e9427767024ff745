import type { RunDetailView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { EngineSetting } from "../installation/assemble-engine.ts";
import { findSubject, runOfSubject } from "../records/refs.ts";
import type { RunOptions } from "../runs/run-options.ts";
import { hasEnded } from "../runs/run-ownership.ts";
import { resumeRun } from "../runs/run-plan.ts";

export async function resumeByRef(setting: EngineSetting, ref: string, options: RunOptions): Promise<RunDetailView> {
  const run = await runOfSubject(setting.store, await findSubject(setting.store, ref));
  if (hasEnded(run)) {
    throw new HeadraceError("HR_CONFLICT", `run ${run.number} has ended already (${run.state})`, {
      hint: [{ do: "run", target: run.name }, " starts it afresh"],
    });
  }
  return await resumeRun(setting, run, options);
}
