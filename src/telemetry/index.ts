export { Exporter, type ExportFigures } from "./exporter.ts";
export { type OpenLineageSettings, openLineageNamespace, openLineageSettings } from "./openlineage-settings.ts";
export { wantsTraces } from "./settings.ts";
export { parseTraceparent } from "./trace-context.ts";
export { type ExecutionTrace, type RequestTrace, type TracedExecution, type TracedRun, Tracer } from "./tracer.ts";
