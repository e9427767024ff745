export { checksAreOfTheirTime } from "./checks-of-their-time.ts";
export type * from "./code-share.ts";
export type * from "./decision.ts";
export { describePlan } from "./describe-plan.ts";
export { describeGoal, forEachOf, plannedTrials } from "./describe-task.ts";
export {
  type ApprovalRule,
  type ConditionFacts,
  type ConditionResult,
  checkCondition,
  conditionNames,
  dueActions,
  dueApproval,
  metadataKeysOf,
  reminderOf,
} from "./due-actions.ts";
export {
  compareFacts,
  type FactChange,
  type FingerprintFacts,
  fingerprintText,
  type InputFacts,
  type PythonFacts,
  type ValueChange,
} from "./fingerprint.ts";
export { type KnownVariable, type KnownVariables, NO_VARIABLES } from "./known-variables.ts";
export { filesNamed } from "./match-files.ts";
export { commitsOfNodes, type NodeCommit, type NodeCommits } from "./node-commits.ts";
export type * from "./plan.ts";
export type { PlanProblem } from "./plan-report.ts";
export { type PlanResult, type PlanSurroundings, planRun } from "./plan-run.ts";
export { type ResolveResult, resolveNode } from "./resolve-node.ts";
export {
  childOf,
  executionOf,
  membersOf,
  type ResolvedTask,
  type ResolveTaskResult,
  resolveTask,
  withFiles,
} from "./resolve-task.ts";
export { type Failure, longestWaitMs, type RetryPolicy, waitBeforeRetry } from "./retry.ts";
