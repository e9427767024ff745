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
