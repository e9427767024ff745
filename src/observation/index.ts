export { CodePlaces } from "./code-places.ts";
export {
  type CodeTrace,
  decodeTrace,
  encodeTrace,
  indexManifest,
  type ManifestIndex,
  type SeenFile,
  type TraceDifference,
  type TraceVerdict,
  traceHolds,
} from "./code-trace.ts";
export type { ObservedCode } from "./observed-code.ts";
export { planWatch, type StepCommands, type WatchPlan } from "./plain-python.ts";
export { traceModule } from "./trace-module.ts";
export { notesFile, traceFolder, type WatchRecord, writeWatchRecord } from "./watch-files.ts";
