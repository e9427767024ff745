import type { Step } from "./model.ts";

/**
 * Keys that the format has and this version does not act upon. Leaving them out changes where or how fast a step runs,
 * not what it computes.
 */
export const IGNORED_STEP_KEYS: readonly (readonly [key: string, isUsed: (step: Step) => boolean])[] = [
  ["runtime-config-preset", (step) => step.runtimeConfigPreset !== undefined],
  ["cache-volumes", (step) => step.cacheVolumes.length > 0],
  ["autorestart", (step) => step.autorestart === true],
  ["upload-store", (step) => step.uploadStore !== undefined],
];

/** The hints on what to do about a node that this version cannot run. */
export const REFUSED_NODE_HINTS = {
  deployment: "take the node and its edges out, or into a pipeline of their own",
} as const;
