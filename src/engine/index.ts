export type { Clock, EngineNotice, EngineParts, ExecutionPlace, PlaceEnvironment } from "./engine-parts.ts";
export { type EngineLife, EngineWatch, isSamePlace } from "./engine-watch.ts";
export { type KnownEngine, Membership } from "./membership.ts";
export { ProjectServer, type ProjectServerOptions, type ServerNotice } from "./project-server.ts";
export { RunDriver, type RunDriverOptions } from "./run-driver.ts";
export { Worker } from "./worker.ts";
