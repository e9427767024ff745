import type { StepCreator } from "../contract/index.ts";
import { parseActor, type RunRecord } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";

/** The name of whoever started a run: `ada` for `user:ada`. */
export function creatorName({ actor }: Pick<RunRecord, "actor">): string | undefined {
  return actor === undefined ? undefined : (parseActor(actor)?.name ?? actor);
}

/** Says who started a run: with the id and the address of a user of the server, else by the name alone. */
export async function creatorOf(
  { findUser }: Pick<EngineParts, "findUser">,
  run: Pick<RunRecord, "actor">,
): Promise<StepCreator | undefined> {
  const { actor } = run;
  const name = creatorName(run);
  if (actor === undefined || name === undefined) return undefined;
  const user = parseActor(actor)?.kind === "user" ? await findUser?.(name) : undefined;
  if (user === undefined) return { id: actor, name };
  return { id: user.id, name: user.name, ...(user.email !== "" && { email: user.email }) };
}
