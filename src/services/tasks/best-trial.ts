import type { PlannedTask } from "../../planning/index.ts";
import type { ProjectStore, RunRecord, TrialRecord } from "../../store/index.ts";
import { bestOf, lastOfEach, sweepTrialOf } from "../../tasks/index.ts";

/** The best of the complete trials of a task so far; undefined where none is, or nothing is looked for. */
export async function bestTrial(
  store: ProjectStore,
  run: RunRecord,
  { name, sweep }: PlannedTask,
): Promise<TrialRecord | undefined> {
  const trials = lastOfEach(await store.tasks.listTrials(run.id, name));
  const best = bestOf(
    sweep.goals,
    trials.map((trial) => sweepTrialOf(trial, [])),
  );
  return trials.find(({ trial }) => trial === best?.trial);
}
