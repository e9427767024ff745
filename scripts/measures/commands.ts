import { literalsOf } from "./literals.ts";
import { isTest, type SourceFile } from "./source-file.ts";

/** The room that stands for the command line, and may name its commands and options. */
const FACE = "src/cli/";
/** The manual of what commands print as JSON, which docs/json.md shows; no user is shown a text of it. */
const MANUAL = "src/api/";

/** Programs of others, or one that an insert names: their options are theirs, whatever ours are called. */
const OTHERS =
  /^(?:docker|git|npm|npx|pip|python3?|uv|poetry|pdm|pipenv|systemctl|sbatch|squeue|sacct|unshare|ls|\$\{\})\s/;

/**
 * Texts below the faces that name a command or an option of `headrace`: what a user can do is data there (`Action` in
 * src/advice.ts), and each face has its own words for it. A browser has no command line.
 */
export function commandProblems(files: readonly SourceFile[]): readonly string[] {
  const sources = files.filter((file) => file.path.startsWith("src/") && !isTest(file));
  const face = sources.filter(({ path }) => path.startsWith(FACE));
  const named = namer(declared(face, /\.command\("([a-z]+)"/g), declared(face, /["`](?:-\w, )?(--[a-z][a-z-]+)/g));
  return sources
    .filter(({ path }) => !path.startsWith(FACE) && !path.startsWith(MANUAL))
    .flatMap((file) => problemsOf(file, named));
}

function declared(face: readonly SourceFile[], form: RegExp): ReadonlySet<string> {
  return new Set(face.flatMap(({ text }) => [...text.matchAll(form)].map(([, name = ""]) => name)));
}

type Namer = (text: string) => string | undefined;

/** Finds the first command or option of ours in a text. */
function namer(commands: ReadonlySet<string>, options: ReadonlySet<string>): Namer {
  return (text) => {
    const command = [...text.matchAll(/\bheadrace ([a-z]+)\b/g)].find(([, name = ""]) => commands.has(name))?.[0];
    if (command !== undefined) return command;
    // An argument for another program, which is no text.
    if (/^--[a-z-]+(?:=(?:(?!: ).)*)?$/.test(text)) return undefined;
    return [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].find(({ 0: option, index }) => {
      const phrase = /[^`;:(]*$/.exec(text.slice(0, index))?.[0].trimStart() ?? "";
      return options.has(option) && !OTHERS.test(phrase);
    })?.[0];
  };
}

function problemsOf({ path, text }: SourceFile, named: Namer): readonly string[] {
  return literalsOf(text).flatMap((literal) => {
    const name = named(literal.said.replaceAll("\\`", "`"));
    if (name === undefined) return [];
    const line = text.slice(0, literal.start).split("\n").length;
    return [`${path}:${line}: an Action (src/advice.ts) says what can be done, not the command line's ${name}`];
  });
}
