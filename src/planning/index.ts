export type * from "./code-share.ts";
export type * from "./decision.ts";
export { describePlan } from "./describe-plan.ts";
export { type ConditionFacts, type ConditionResult, checkCondition, conditionNames, dueActions, metadataKeysOf } from "./due-actions.ts";
export {
  compareFacts,
  type FactChange,
  type FingerprintFacts,
  fingerprintText,
  type InputFacts,
  type PythonFacts,
  type ValueChange,
} from "./fingerprint.ts";
export type * from "./plan.ts";
export type { PlanProblem } from "./plan-report.ts";
export { type PlanResult, planRun } from "./plan-run.ts";
export { type ResolveResult, resolveNode } from "./resolve-node.ts";
export { type Failure, longestWaitMs, type RetryPolicy, waitBeforeRetry } from "./retry.ts";
