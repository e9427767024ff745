/**
 * The one who asked for something: a user of a server, the user logged in on this machine, a trigger, an execution that
 * uses its own token, or a rule of the file that decides in the place of a person. Stored as text.
 */
export type Actor = `${ActorKind}:${string}`;
export type ActorKind = (typeof KINDS)[number];

const KINDS = ["user", "local", "trigger", "execution", "rule"] as const;

/** Undefined for a text that names no actor. */
export function parseActor(text: string): { readonly kind: ActorKind; readonly name: string } | undefined {
  const end = text.indexOf(":");
  const kind = KINDS.find((known) => known === text.slice(0, end));
  const name = text.slice(end + 1);
  return kind === undefined || name === "" ? undefined : { kind, name };
}
