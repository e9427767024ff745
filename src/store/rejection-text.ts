import type { Actor } from "./events/actor.ts";

/** Says why a node was not let begin: `rejected by ada: too few rows`, `rejected: nobody answered within 2 d`. */
export function rejectionText(actor: Actor, comment: string): string {
  const rejected = actor.startsWith("rule:") ? "rejected" : `rejected by ${nameOf(actor)}`;
  return comment === "" ? rejected : `${rejected}: ${comment}`;
}

/** Returns `ada` for `local:ada`, `its timeout` for `rule:timeout`. */
export function nameOf(actor: Actor): string {
  const name = actor.slice(actor.indexOf(":") + 1);
  return actor.startsWith("rule:") ? `its ${name}` : name;
}
