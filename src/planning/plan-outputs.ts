import type { Draft } from "./draft.ts";
import type { FlatPipeline } from "./expand-pipeline.ts";
import { didYouMean } from "./nearest-name.ts";
import type { PlanReport } from "./plan-report.ts";

/** The outputs of a pipeline have to come from nodes that it has. */
export function checkOutputs({ results }: FlatPipeline, draft: Draft, report: PlanReport): void {
  for (const { name, node, best } of results) {
    if (draft.refused.has(node)) continue;
    const found = draft.byName.get(node);
    if (found === undefined) {
      const message = `pipeline output "${name}": there is no node "${node}"`;
      report.problem("configuration", message, didYouMean(node, draft.byName.keys()));
    } else if (best === true && found.task === undefined) {
      const message = `pipeline output "${name}": only a task has a best execution, and node ${node} is no task`;
      report.problem("configuration", message, "leave `best` out");
    }
  }
}
