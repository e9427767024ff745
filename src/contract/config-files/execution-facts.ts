import type { StepFacts } from "../step-facts.ts";

/**
 * The flat, dotted keys of `execution.json`. The same set for every execution; what does not apply is null, and the
 * keys of a pipeline or task stand only within one.
 */
export function executionFacts(facts: StepFacts): Readonly<Record<string, unknown>> {
  return {
    "valohai.commit-identifier": facts.commit,
    "valohai.creator-email": facts.creator?.email ?? null,
    "valohai.creator-id": facts.creator?.id ?? null,
    "valohai.creator-name": facts.creator?.name ?? null,
    "valohai.environment-id": facts.environment?.id ?? null,
    "valohai.environment-name": facts.environment?.name ?? null,
    "valohai.environment-slug": facts.environment?.slug ?? null,
    "valohai.execution-counter": facts.executionNumber,
    "valohai.execution-ctime": timeText(facts.createdAt),
    "valohai.execution-duration": null,
    "valohai.execution-id": facts.executionId,
    "valohai.execution-image": facts.image,
    "valohai.execution-qtime": facts.queuedAt === undefined ? null : timeText(facts.queuedAt),
    "valohai.execution-status": "started",
    "valohai.execution-step": facts.step,
    "valohai.execution-tags": facts.tags,
    "valohai.execution-title": facts.title ?? null,
    ...(facts.pipeline !== undefined && {
      "valohai.pipeline-counter": facts.pipeline.number,
      "valohai.pipeline-id": facts.pipeline.id,
      "valohai.pipeline-node-id": facts.pipeline.nodeId,
      "valohai.pipeline-tags": facts.pipeline.tags,
      "valohai.pipeline-title": facts.pipeline.title ?? null,
    }),
    "valohai.project-id": facts.project.id,
    // As Valohai writes it: scripts split it at the slash.
    "valohai.project-name": `${facts.project.owner}/${facts.project.name}`,
    ...(facts.task !== undefined && { "valohai.task-counter": facts.task.number, "valohai.task-id": facts.task.id }),
  };
}

/** Python before 3.11 reads `+00:00`, not `Z`. */
function timeText(at: number): string {
  return new Date(at).toISOString().replace("Z", "+00:00");
}
