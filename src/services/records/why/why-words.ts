import type { WhyChange } from "../../../api/index.ts";
import { unpinnedInstalls } from "../../../config/index.ts";
import type { CodeBasis } from "../../../engine/index.ts";
import type { CodeShare, RunReason } from "../../../planning/index.ts";

/** Changes that the one line of a reason names; the rest is counted. */
const NAMED = 2;

export function reusedWords(execution: number, otherNode: string | undefined): string {
  const of = otherNode === undefined ? "" : ` (of node ${otherNode})`;
  return `nothing that counts has changed since execution ${execution}${of}`;
}

export function reasonWords(why: RunReason, changes: readonly WhyChange[], basis: CodeBasis | undefined): string {
  switch (why.kind) {
    case "first-time":
      return "no execution of this step had succeeded before";
    case "forced":
      return "it was to run afresh, whatever there was before";
    case "reproduction":
      return "it was to reproduce what was recorded, which is executed again";
    case "interactive":
      return "it ran on a terminal: such an execution neither uses a result nor is one to be used";
    case "taken":
      return `nothing has changed, but execution ${why.execution} is the result of node ${why.node} in this run: equal nodes keep different results`;
    case "off":
      return OFF[why.by];
    case "outputs-gone":
      return `nothing has changed, but ${listed(why.files.map((file) => `output ${file}`))} of the earlier execution ${why.files.length === 1 ? "is" : "are"} no longer stored whole`;
    case "inputs-unavailable":
      return `an input could not be had, so there was nothing to compare: ${why.message}`;
    case "changed":
      return changes.length === 0 ? "something that counts has changed" : listed(changes.map(({ text }) => text));
    case "code-changed":
      if (basis === "unknown")
        return "the earlier execution used more than its version of the code, so that it is not used again";
      if (basis === "gone")
        return "the code of the earlier execution is no longer stored, so that it cannot be compared";
      return changes.length === 0 ? "the code that it uses has changed" : listed(changes.map(({ text }) => text));
  }
}

const OFF = {
  step: "the step's `reuse` is off",
  pipeline: "the pipeline has `reuse-executions: false`",
  task: "the task has `reuse-children: false`",
  distributed: "all members of a distributed task run together",
  checks: "its checks look at the time, or at files that are none of its inputs",
} as const;

/** `8 trials: 3 reused, 5 ran`. */
export function taskWords(trials: readonly { readonly reused: boolean }[]): string {
  if (trials.length === 0) return "it has begun no trial";
  const reused = trials.filter((trial) => trial.reused).length;
  const all = trials.length === 1 ? "1 trial" : `${trials.length} trials`;
  return `${all}: ${reused} reused, ${trials.length - reused} ran`;
}

/** Names the code that counted. `files`: how many it was seen to read, where that is known. */
export function codeWords(basis: CodeBasis | "same-version", code: CodeShare, files: number | undefined): string {
  switch (basis) {
    case "same-version":
      return "the code is the same version";
    case "trace":
      return `what the step was seen to use of the code counts${files === undefined ? "" : `: ${files} ${files === 1 ? "file" : "files"}`}`;
    case "read":
      return "the files that the step read count (reuse: {code: read})";
    case "globs":
      return `the files that match ${code.kind === "globs" ? code.globs.join(", ") : "its patterns"} count`;
    case "unknown":
      return `nothing is taken for the same${code.kind === "unknown" ? `: ${code.why}` : ""}`;
    case "everything":
    case "gone":
      return `every file of the code counts${everythingBecause(code)}`;
  }
}

function everythingBecause(code: CodeShare): string {
  if (code.kind === "read") return `: ${code.why}`;
  if (code.kind !== "snapshot") return " (reuse: {code: all})";
  return code.why.kind === "asked" ? " (reuse: {code: all})" : `: ${code.why.message}`;
}

/** Returns what a step does that reuse cannot see. */
export function unknownWords(command: readonly string[]): readonly string[] {
  const names = unpinnedInstalls(command);
  if (names.length === 0) return [];
  return [
    `its command installs packages without a version (${names.join(", ")}): another day may bring others, and reuse does not see that`,
  ];
}

function listed(texts: readonly string[]): string {
  const more = texts.length - NAMED;
  return more > 0 ? `${texts.slice(0, NAMED).join("; ")}; and ${more} more` : texts.join("; ");
}
