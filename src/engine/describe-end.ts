import type { ExecutionEnd } from "../store/index.ts";
import type { Observation } from "./execute-step.ts";

type Described = Pick<ExecutionEnd, "state" | "reason" | "exitCode" | "signal">;

/**
 * The state and, in words, the reason of an ended execution: the most specific cause first. Files that were not kept
 * are the reason of a good end only.
 */
export function describeEnd(observation: Pick<Observation, "end" | "cause" | "warnings" | "refusal">): Described {
  const described = describeProcess(observation);
  const { refusal } = observation;
  if (refusal !== undefined) {
    const state = described.state === "complete" ? "error" : described.state;
    return {
      ...described,
      state,
      reason: described.state === "complete" ? refusal : `${described.reason ?? ""}\n${refusal}`.trim(),
    };
  }
  const [first, ...more] = observation.warnings;
  if (described.reason !== undefined || first === undefined) return described;
  return { ...described, reason: more.length === 0 ? first : `${first} (and ${more.length} more such files)` };
}

function describeProcess(observation: Pick<Observation, "end" | "cause">): Described {
  const { end, cause } = observation;
  const facts = factsOf(observation);
  switch (cause?.kind) {
    case "stop":
      return { state: "stopped", reason: cause.reason, ...facts };
    case "limit":
    case "trouble":
      return { state: "error", reason: cause.reason, ...facts };
    case "stop-condition":
      return { state: "complete", reason: cause.reason, ...facts };
    case undefined:
      break;
  }
  switch (end.kind) {
    case "exited":
      return end.exitCode === 0
        ? { state: "complete", ...facts }
        : { state: "error", reason: end.reason ?? exitReason(end.exitCode), ...facts };
    case "signalled":
      return { state: "error", reason: end.reason ?? signalReason(end.signal), ...facts };
    case "lost":
      return { state: "error", reason: `its process was lost: ${end.reason}` };
  }
}

function factsOf({ end }: Pick<Observation, "end">): Pick<Described, "exitCode" | "signal"> {
  if (end.kind === "exited") return { exitCode: end.exitCode };
  return end.kind === "signalled" ? { signal: end.signal } : {};
}

function exitReason(exitCode: number): string {
  if (exitCode === 127) return "it exited with code 127: a command was not found (see its log)";
  if (exitCode === 126) return "it exited with code 126: a command could not be executed (see its log)";
  return `it exited with code ${exitCode}`;
}

function signalReason(signal: string): string {
  if (signal === "SIGKILL") return "it was killed by SIGKILL, from outside or by the system for want of memory";
  return `it was ended by ${signal}`;
}
