import type { Failure } from "../planning/index.ts";
import type { Observation } from "./execute-step.ts";

/** Returns the kind of failure of an attempt whose process was observed. */
export function failureOf({ end, cause, refusal }: Pick<Observation, "end" | "cause" | "refusal">): Failure {
  if (cause?.kind === "limit") return { kind: "timeout" };
  if (cause !== undefined) return { kind: "other" };
  if (end.kind === "lost") return { kind: "lost" };
  if (end.outOfMemory === true) return { kind: "memory" };
  // It did its work, and the machine could not keep it.
  if (refusal !== undefined && end.kind === "exited" && end.exitCode === 0) return { kind: "other" };
  return end.kind === "exited" ? { kind: "exit", exitCode: end.exitCode } : { kind: "signal" };
}
