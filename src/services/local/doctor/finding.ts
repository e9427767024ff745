import { type Advice, inPlainWords, partsOf } from "../../../advice.ts";
import type { Finding } from "../../../api/index.ts";

export function ok(found: string): Omit<Finding, "check"> {
  return { state: "ok", found, mend: null, advice: [] };
}

export function trouble(state: "absent" | "warning" | "broken", found: string, mend: Advice): Omit<Finding, "check"> {
  return { state, found, ...mending(mend) };
}

/** Returns what to do, in plain words and in parts. */
export function mending(advice: Advice | undefined): Pick<Finding, "mend" | "advice"> {
  return advice === undefined ? { mend: null, advice: [] } : { mend: inPlainWords(advice), advice: partsOf(advice) };
}
