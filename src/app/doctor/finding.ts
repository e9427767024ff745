/** How one part of the set-up is. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  /** `absent`: not here, and not needed unless somebody wants it. `unknown`: it did not answer in time. */
  readonly state: "ok" | "absent" | "warning" | "unknown" | "broken";
  /** What was found, in words. */
  readonly found: string;
  /** What to do about it. */
  readonly mend: string | null;
}

export interface Examination {
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

export function ok(found: string): Omit<Finding, "check"> {
  return { state: "ok", found, mend: null };
}

export function trouble(state: "absent" | "warning" | "broken", found: string, mend: string): Omit<Finding, "check"> {
  return { state, found, mend };
}
