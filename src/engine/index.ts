export type { Clock, EngineNotice, EngineParts } from "./engine-parts.ts";
export { RunDriver, type RunDriverOptions } from "./run-driver.ts";
export { Worker } from "./worker.ts";
