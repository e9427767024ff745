import { editDistance } from "../edit-distance.ts";

/** More candidates than this are not searched: a hint is not worth a second of waiting. */
const MAX_CANDIDATES = 5000;

/** The known name that a mistyped one most likely means; undefined when none is near. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.floor(Math.max(name.length, 3) / 3) + 1;
  let seen = 0;
  for (const candidate of known) {
    seen += 1;
    if (seen > MAX_CANDIDATES) break;
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(normalise(name), normalise(candidate));
    // Names that have no character in common are not alike, however short they are.
    if (distance < bestDistance && distance < Math.max(name.length, candidate.length))
      [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** The second half of a message about an unknown name: a guess, else what there is. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  const nearest = nearestName(name, names);
  if (nearest !== undefined) return `did you mean "${nearest}"?`;
  if (names.length === 0) return undefined;
  const shown = names.slice(0, 10).map((item) => `"${item}"`);
  return `known: ${shown.join(", ")}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ""}`;
}

/** Case and the kind of dash are what people mix up first. */
function normalise(name: string): string {
  return name.toLowerCase().replaceAll(/[_\s]/g, "-").slice(0, 64);
}
