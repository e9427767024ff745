import type { Draft } from "../build/draft.ts";
import { reportTo } from "../build/report.ts";
import type { ProblemList } from "../report/problem-list.ts";
import type { ConfigContext, FilesAround } from "./context.ts";
import { lintDeployment } from "./deployment.ts";
import { lintEndpoint } from "./endpoint.ts";
import { lintRequirements } from "./files.ts";
import { LintIndex } from "./lint-index.ts";
import { lintModel } from "./model.ts";
import { lintNotSupported } from "./not-supported.ts";
import { lintPipeline } from "./pipeline.ts";
import { lintFilesOfStep, lintStep } from "./step.ts";
import { lintSubPipelines } from "./sub-pipelines.ts";
import { lintTask } from "./task.ts";

/** The checks that look at more than one key at a time: within an item and between items. */
export function lintDraft(draft: Draft, context: ConfigContext, problems: ProblemList): void {
  const report = reportTo(problems);
  const index = new LintIndex(draft);
  lintNotSupported(draft, context, report);
  for (const step of draft.steps) lintStep(step, report);
  for (const task of draft.tasks) lintTask(task, index, report);
  for (const pipeline of draft.pipelines) lintPipeline(pipeline, index, report);
  lintSubPipelines(draft.pipelines, report);
  for (const endpoint of draft.endpoints) lintEndpoint(endpoint, report);
  for (const deployment of draft.deployments) lintDeployment(deployment, report);
  for (const model of draft.models) lintModel(model, report);
}

/** The checks that ask for the files around the configuration. */
export function lintFilesOfDraft(draft: Draft, files: FilesAround, problems: ProblemList): void {
  const report = reportTo(problems);
  for (const step of draft.steps) lintFilesOfStep(step, files, report);
  for (const item of draft.projectItems) lintRequirements(item, files.fileExists, report);
}
