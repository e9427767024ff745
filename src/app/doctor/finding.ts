import type { Finding } from "../../api/index.ts";
export function ok(found: string): Omit<Finding, "check"> {
  return { state: "ok", found, mend: null };
}

export function trouble(state: "absent" | "warning" | "broken", found: string, mend: string): Omit<Finding, "check"> {
  return { state, found, mend };
}
