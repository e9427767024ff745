import type { Actor } from "./events/actor.ts";

/** Says why a node was not let begin: `rejected by ada: too few rows`, `rejected: nobody answered within 2 d`. */
export function rejectionText(actor: Actor, comment: string): string {
  const rejected = actor.startsWith("rule:") ? "rejected" : `rejected by ${nameOf(actor)}`;
  return comment === "" ? rejected : `${rejected}: ${comment}`;
}

/** Returns `ada` for `local:ada`. */
export function nameOf(actor: Actor): string {
  return actor.slice(actor.indexOf(":") + 1);
}
