import type { KeyRotationView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { buildOnce } from "../../machine/index.ts";
import { addKey, type KeyRing } from "../../secrets/index.ts";
import type { Context } from "../context.ts";
import { existingKeys, type KeyPlace, keyPlace } from "../installation/secret-keys.ts";

/**
 * Seals the project's secrets with the first key of the keys; a new one, where one is to be made. Nothing is lost when
 * it ends in between: the file has all keys until the user takes one out.
 */
export async function rotateKeys(
  { actor, now, project, signal }: Context,
  { makesKey }: { readonly makesKey: boolean },
): Promise<KeyRotationView> {
  project.requireState();
  const place = keyPlace(project.env);
  if (makesKey) await makeKey(place, signal ?? new AbortController().signal);
  const [first, ...others]: KeyRing = existingKeys(project.env);
  const { repository } = await project.variables("read");
  const sealedAnew = await repository.rotate({ actor, at: now() });
  return { key: first.id, sealedAnew, formerKeys: others.map(({ id }) => id) };
}

async function makeKey(place: KeyPlace, signal: AbortSignal): Promise<void> {
  if (place.kind === "variable")
    throw new HeadraceError("HR_USAGE", "the keys come from HEADRACE_SECRETS_KEY, where only you can add one", {
      hint: "put a new one and a comma before the others, and seal with it by the option for the same key",
    });
  let isMade = false;
  await buildOnce({
    path: `${place.path}.lock`,
    isDone: () => isMade,
    build: async () => {
      addKey(place.path);
      isMade = true;
    },
    onWait: () => undefined,
    signal,
    repeats: true,
  });
}
