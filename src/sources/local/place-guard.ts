import { sep } from "node:path";
import { findCredentialPlaces, parseShown } from "../../credential-places.ts";
import { unavailable } from "../unavailable.ts";
import { STATE_FOLDER } from "./find-files.ts";
import { HiddenParts, type HiddenPartsOptions } from "./hidden-parts.ts";

/**
 * Throws for a file in a place that steps do not see (credentials, what is hidden in a home, the records of any
 * project): a stranger's valohai.yaml must not have it handed over as an input instead, be it by a link in his
 * repository. Asks for the real path of a file, and refuses what has none.
 */
export function placeGuard(options: HiddenPartsOptions, uri: string): (realPath: string | undefined) => void {
  const { environment } = options;
  const hidden = new HiddenParts(options);
  const places = findCredentialPlaces(environment.HOME, parseShown(environment.HEADRACE_STEPS_SEE));
  return (real) => {
    if (real === undefined) throw unavailable(uri, "it cannot be told where the file lies", "copy it to another place");
    if (real.split(sep).includes(STATE_FOLDER)) {
      const hint = "name what Headrace has stored by its id (datum://…), or a copy of the file elsewhere";
      throw unavailable(
        uri,
        `${real} belongs to Headrace's own ${STATE_FOLDER}, which is never part of an input`,
        hint,
      );
    }
    const place = places.find((one) => real === one.path || real.startsWith(one.path + sep));
    if (place !== undefined)
      throw unavailable(uri, `${place.path} is a place for credentials, which steps do not get`, howToShow(place.path));
    const part = hidden.of(real);
    if (part !== undefined) throw unavailable(uri, `${part} is hidden from steps`, howToShow(part));
  };
}

function howToShow(path: string): string {
  return `copy what the step needs to another place, or start Headrace with HEADRACE_STEPS_SEE=${path} in its environment`;
}
