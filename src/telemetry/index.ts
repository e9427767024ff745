export { wantsTraces } from "./settings.ts";
export type { ExportFigures } from "./span-exporter.ts";
export { parseTraceparent } from "./trace-context.ts";
export { type ExecutionTrace, type RequestTrace, type TracedExecution, type TracedRun, Tracer } from "./tracer.ts";
