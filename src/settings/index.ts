export { type FoundEnvironment, findEnvironment } from "./find-environment.ts";
export { type BuiltInPurpose, type KindForm, type ListedForm, listedForm } from "./kind-form.ts";
export { mergeSettings } from "./merge-settings.ts";
export { parseSettings, type SettingsPart } from "./parse-settings.ts";
export type * from "./settings.ts";
export { beyondLimits, type StepResources, stepResources } from "./step-resources.ts";
export { durationProblem, notAbsolute, secondsOf } from "./value-rules.ts";
