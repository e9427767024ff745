import type { WaitingFor, WaitingForView } from "../../api/index.ts";

/** Returns what to type if a node waits for a person: ` (headrace approve 12 deploy, or reject)`. */
export function answerHint(waitingFor: WaitingFor | WaitingForView, node: string, run: number | undefined): string {
  if (waitingFor.kind !== "approval" || run === undefined) return "";
  const name = /^[\w.-]+$/.test(node) ? node : JSON.stringify(node);
  return ` (headrace approve ${run} ${name}, or reject)`;
}
