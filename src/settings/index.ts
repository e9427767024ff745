export { type FoundEnvironment, findEnvironment } from "./find-environment.ts";
export { mergeSettings } from "./merge-settings.ts";
export { parseSettings, type SettingsPart } from "./parse-settings.ts";
export type * from "./settings.ts";
export { slurmExecutionFolder, slurmExecutions } from "./slurm-folder.ts";
export { beyondLimits, type StepResources, stepResources } from "./step-resources.ts";
