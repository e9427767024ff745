import { isAbsolute, join } from "node:path";
import { HeadraceError } from "../../errors.ts";
import { homeFolder } from "../../home-folders.ts";
import { type KeyRing, openKeyFile, parseKeys, readKeyFile } from "../../secrets/index.ts";
import type { Variables } from "./installation.ts";

/** The place of the keys that secrets are sealed with: a variable of Headrace's own, or a file of the user's. */
export type KeyPlace =
  | { readonly kind: "variable"; readonly text: string }
  | { readonly kind: "file"; readonly path: string };

const VARIABLE = "HEADRACE_SECRETS_KEY";

/**
 * `HEADRACE_SECRETS_KEY`, else the file that `HEADRACE_SECRETS_KEY_FILE` names, else one in the user's folder for
 * settings, which is closed to steps. Throws HR_SECRETS where there is no such folder.
 */
export function keyPlace(env: Variables): KeyPlace {
  const text = env[VARIABLE]?.trim() ?? "";
  if (text !== "") return { kind: "variable", text };
  const named = env.HEADRACE_SECRETS_KEY_FILE?.trim() ?? "";
  if (named !== "" && !isAbsolute(named))
    throw new HeadraceError("HR_SECRETS", `HEADRACE_SECRETS_KEY_FILE is no absolute path: ${named}`, {
      hint: "begin it with /",
    });
  if (named !== "") return { kind: "file", path: named };
  const home = homeFolder(env);
  const settings = env.XDG_CONFIG_HOME ?? "";
  const folder = isAbsolute(settings) ? settings : home === undefined ? undefined : join(home, ".config");
  if (folder === undefined)
    throw new HeadraceError("HR_SECRETS", "there is no place for the keys of the secrets: this user has no home", {
      hint: `name a file with HEADRACE_SECRETS_KEY_FILE, or give the keys in ${VARIABLE}`,
    });
  return { kind: "file", path: join(folder, "headrace", "secrets.key") };
}

/** The keys; a new one, where there is no file yet. */
export function makeKeys(env: Variables): KeyRing {
  const place = keyPlace(env);
  return place.kind === "file" ? openKeyFile(place.path) : parseKeys(place.text, VARIABLE);
}

/** The keys that are there. Throws HR_SECRETS where there are none: then nothing here can open a secret. */
export function existingKeys(env: Variables): KeyRing {
  const place = keyPlace(env);
  if (place.kind === "variable") return parseKeys(place.text, VARIABLE);
  const ring = readKeyFile(place.path);
  if (ring !== undefined) return ring;
  throw new HeadraceError("HR_SECRETS", `the keys of the secrets are missing: there is no ${place.path}`, {
    hint: `put the file back, give the keys in ${VARIABLE}, or set the secrets anew`,
  });
}
