import type { Failure } from "../planning/index.ts";
import type { Observation } from "./execute-step.ts";

/** How an attempt failed, of one whose process was observed. */
export function failureOf({ end, cause }: Pick<Observation, "end" | "cause">): Failure {
  if (cause?.kind === "limit") return { kind: "timeout" };
  if (cause !== undefined) return { kind: "other" };
  if (end.kind === "lost") return { kind: "lost" };
  if (end.outOfMemory === true) return { kind: "memory" };
  return end.kind === "exited" ? { kind: "exit", exitCode: end.exitCode } : { kind: "signal" };
}
