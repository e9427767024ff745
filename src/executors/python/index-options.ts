import type { BuildVariables } from "./build-variables.ts";
import type { StagedLine } from "./requirements.ts";

/**
 * Options that say where packages come from, which a command may have that fetches them for builds of other projects as
 * well.
 */
const PLACES = /^(--index-url|--extra-index-url|--find-links) https?:\/\/\S+$/i;
const PLAIN = /^(--no-index|--pre|--prefer-binary)$/;

/**
 * These do not matter where exact versions are fetched as wheels. `-r` and `-c` stand here with an address alone: what
 * is there may change.
 */
const OF_NO_MATTER = /^(--no-binary|--only-binary|--use-feature|--require-hashes|--requirement|--constraint)( |$)/;

/**
 * The options of a project with which wheels may be fetched into the downloads that all builds share; undefined where
 * these must stay out of it: an option or a variable of the project could have somebody else answer for an index, or
 * look into a folder whose packages are the project's.
 */
export function indexOptions(options: readonly StagedLine[], variables: BuildVariables): readonly string[] | undefined {
  if (variables.steeredByProject) return undefined;
  const lines = options
    .map(({ text, where }) => variables.expand(text, where))
    .filter((line) => !OF_NO_MATTER.test(line));
  return lines.every((line) => PLACES.test(line) || PLAIN.test(line)) ? lines : undefined;
}
