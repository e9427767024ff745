import { literalsOf } from "./literals.ts";
import { isTest, type SourceFile } from "./source-file.ts";

/** The rooms that ask an executor's kind for its capabilities, and must not know it by its name. */
const ROOMS = ["engine", "planning", "settings", "services", "tasks"].map((room) => `src/${room}/`);

/** The form in which the folder of a kind says its name. */
const NAME = /^src\/executors\/[^/]+\/settings\.ts$/;

/**
 * Files in which such a word has another meaning, each with it. `THIS_MACHINE` of src/config is the slug that every
 * installation has.
 */
const OTHER_MEANINGS: ReadonlyMap<string, string> = new Map([
  ["src/services/housekeeping/own-blobs.ts", "local"],
  ["src/services/local/migrate/migrate-project.ts", "local"],
]);

/**
 * Names of kinds of executors in rooms that have to work with every kind: code that asks for a name has to be changed
 * with every new one.
 */
export function kindNameProblems(files: readonly SourceFile[]): readonly string[] {
  const kinds = new Set(
    files
      .filter(({ path }) => NAME.test(path))
      .flatMap(({ text }) => [...text.matchAll(/^ {2}name: "([a-z]+)",$/gm)].map(([, name = ""]) => name)),
  );
  if (kinds.size === 0) return ["no kind of executor says its name in src/executors/*/settings.ts"];
  return files
    .filter((file) => ROOMS.some((room) => file.path.startsWith(room)) && !isTest(file))
    .flatMap((file) => problemsOf(file, kinds));
}

function problemsOf({ path, text }: SourceFile, kinds: ReadonlySet<string>): readonly string[] {
  return literalsOf(text)
    .filter(({ text: said, start }) => kinds.has(said) && OTHER_MEANINGS.get(path) !== said && !isImport(text, start))
    .map(({ text: said, start }) => {
      const line = text.slice(0, start).split("\n").length;
      return `${path}:${line}: ask the kind for what it can do (src/executors/executor-kind.ts), not for "${said}"`;
    });
}

/** A module may be called as a kind is: `import … from "docker"`. */
function isImport(text: string, start: number): boolean {
  return /\b(?:from|import)\s*\(?\s*$/.test(text.slice(Math.max(0, start - 12), start));
}
