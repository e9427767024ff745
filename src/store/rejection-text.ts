import type { Actor } from "./events/actor.ts";

/** Says why a node was not let begin: `rejected by ada: too few rows`. */
export function rejectionText(actor: Actor, comment: string): string {
  const who = nameOf(actor);
  return comment === "" ? `rejected by ${who}` : `rejected by ${who}: ${comment}`;
}

/** Returns `ada` for `local:ada`. */
export function nameOf(actor: Actor): string {
  return actor.slice(actor.indexOf(":") + 1);
}
