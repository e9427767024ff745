import type { ContractStep } from "./contract-step.ts";
import { commandSteps } from "./steps/command-steps.ts";
import { configSteps } from "./steps/config-steps.ts";
import { endSteps } from "./steps/end-steps.ts";
import { fileSteps } from "./steps/file-steps.ts";
import { logSteps } from "./steps/log-steps.ts";

/** The step contract, step by step; all of them run side by side in one pipeline. */
export const CONTRACT_STEPS: readonly ContractStep[] = [
  ...commandSteps,
  ...configSteps,
  ...endSteps,
  ...fileSteps,
  ...logSteps,
];
