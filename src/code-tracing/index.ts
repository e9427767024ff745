export { CALL_LOG_BEGINNING, LONGEST_CALL_LOG_BYTES } from "./call-log.ts";
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
export { NOTES_BEGINNING } from "./notes.ts";
export type { ObservedCode } from "./observed-code.ts";
export { planWatch, type StepCommands, scriptFile, type WatchPlan } from "./plain-python.ts";
export { learningFile, readLearned } from "./plain-steps.ts";
export { resolvePath } from "./resolve-path.ts";
export { traceModule } from "./trace-module.ts";
export {
  callsFile,
  notesFile,
  readWatchRecord,
  traceFolder,
  type WatchRecord,
  writeWatchRecord,
} from "./watch-files.ts";
