export type { Clock, EngineNotice, EngineParts, ExecutionPlace, PlaceEnvironment } from "./engine-parts.ts";
export { RunDriver, type RunDriverOptions } from "./run-driver.ts";
export { Worker } from "./worker.ts";
