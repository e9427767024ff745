export type { Clock, EngineNotice, EngineParts } from "./engine-parts.ts";
export { RunLoop, type RunLoopOptions } from "./run-loop.ts";
