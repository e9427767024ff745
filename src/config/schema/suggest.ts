import { editDistance } from "../../edit-distance.ts";

/** Among more than these nobody seeks: a thousand mistakes in a file of a thousand names have to stay cheap. */
const MAX_CANDIDATES = 200;

/** The known word that a misspelt one most likely means, if one is near enough: a third of its letters may differ. */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  const wanted = normalised(word);
  const limit = Math.floor((wanted.length + 1) / 3);
  let best: string | undefined;
  let bestDistance = limit + 1;
  let looked = 0;
  for (const candidate of known) {
    if (++looked > MAX_CANDIDATES) break;
    const text = normalised(candidate);
    if (candidate === word || Math.abs(text.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, text);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** “did you mean …?” for a misspelt word, else the list of what is known where that list is short. */
export function suggestionHint(word: string, known: Iterable<string>, plural?: string): string | undefined {
  const words = [...Iterator.from(known).take(MAX_CANDIDATES)];
  const best = suggest(word, words);
  if (best !== undefined) return `did you mean \`${best}\`?`;
  if (plural === undefined || words.length === 0 || words.length > 30) return undefined;
  return `${plural}: ${words.join(", ")}`;
}

/** `environmentVariables` and `environment_variables` are as good as `environment-variables`. */
function normalised(word: string): string {
  return word
    .slice(0, 64)
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}
