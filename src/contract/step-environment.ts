import { HeadraceError } from "../errors.ts";
import type { StepFacts } from "./step-facts.ts";

/**
 * The environment variables of a step, those with paths apart (the executor knows where the step sees its folders).
 * From the weakest to the strongest:
 *
 * 1. what makes steps behave well: `PYTHONUNBUFFERED=1`, since Python holds back what it prints to a file, and live
 *    metrics and the
 *    no-output timeout would then see nothing for minutes;
 * 2. the step's own variables (step default < project < request), including those that steer an agent, such as
 *    `VH_CLEAN`;
 * 3. who the execution is: `VH_JOB_ID`, `VH_EXECUTION_ID`, `VH_PROJECT_ID` and, where they apply, `VH_PIPELINE_ID`,
 *    `VH_PIPELINE_NODE_ID`, `VH_TASK_ID`, `VH_DIST_MEMBER_ID`, `VH_DIST_MEMBER_INDEX`, `VH_DIST_MEMBER_COUNT`. A step
 *    cannot pass for another.
 */
export function stepEnvironment(
  facts: Pick<StepFacts, "executionId" | "project" | "pipeline" | "task" | "member">,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(own)) checkVariable(name, value);
  return {
    PYTHONUNBUFFERED: "1",
    ...own,
    VH_JOB_ID: `exec-${facts.executionId}`,
    VH_EXECUTION_ID: facts.executionId,
    VH_PROJECT_ID: facts.project.id,
    ...(facts.pipeline !== undefined && {
      VH_PIPELINE_ID: facts.pipeline.id,
      VH_PIPELINE_NODE_ID: facts.pipeline.nodeId,
    }),
    ...(facts.task !== undefined && { VH_TASK_ID: facts.task.id }),
    ...(facts.member !== undefined && {
      VH_DIST_MEMBER_ID: String(facts.member.rank),
      VH_DIST_MEMBER_INDEX: String(facts.member.rank),
      VH_DIST_MEMBER_COUNT: String(facts.member.count),
    }),
  };
}

/**
 * Rejects variables that no process can be given. Values may come from another step's metadata, so that they can only
 * be checked now.
 */
function checkVariable(name: string, value: string): void {
  if (name === "" || /[=\0]/.test(name)) {
    throw new HeadraceError(
      "HR_PLAN_INVALID",
      `${JSON.stringify(name)} cannot be the name of an environment variable`,
      {
        hint: "use letters, digits and underscores",
      },
    );
  }
  if (value.includes("\0")) {
    throw new HeadraceError(
      "HR_PLAN_INVALID",
      `the value of the environment variable ${name} contains a NUL character`,
      {
        hint: "pass such data in a file",
      },
    );
  }
}
