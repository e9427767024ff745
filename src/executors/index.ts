export type * from "./executor.ts";
export type { ExecutorKinds, KindOfPlace, OpenPlace, Presence } from "./executor-kind.ts";
export { markForRebuild } from "./python/environment.ts";
export { environmentsFolder } from "./python/environment-place.ts";
export { decodeRequirements, isUrl, lineOptions, logicalLines } from "./python/requirements-text.ts";
export { removeEnvironment, unusedEnvironments } from "./python/unused-environments.ts";
export { GpuMeter, type GpusOfStep } from "./use/gpu-meter.ts";
export type * from "./use/use-reading.ts";
