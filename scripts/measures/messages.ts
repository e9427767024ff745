import { isTest, type SourceFile } from "./source-file.ts";

/** Words that keep their capital letter at the beginning of a sentence. */
const PROPER = [
  ...[
    "Docker",
    "Podman",
    "Python",
    "SQLite",
    "PostgreSQL",
    "Slurm",
    "Headrace",
    "HEADRACE_",
    "Node.js",
    "AWS_",
    "DVC",
    "CUDA",
    "GPU",
    "MIG",
  ],
  ...["JSON", "NUL", "S3", "URI", "VH_"],
];

const MESSAGE = /new HeadraceError\(\s*(?:"HR_[A-Z_]+"|[\w.]+),\s*(?=["`])|\bhint: (?=["`])/g;

/** Rooms whose messages still have another style, to be brought into this one; no room comes to this list. */
const NOT_YET = ["blobs", "contract", "engine", "executors", "snapshots", "sources", "store"];

/** Messages and hints of errors in another style than the one: the first letter small, no full stop at the end. */
export function messageProblems(files: readonly SourceFile[]): readonly string[] {
  const isHeld = ({ path }: SourceFile): boolean => path.startsWith("src/") && !NOT_YET.some((room) => path.startsWith(`src/${room}/`));
  return files.filter((file) => isHeld(file) && !isTest(file)).flatMap(problemsOf);
}

function problemsOf({ path, text }: SourceFile): readonly string[] {
  return [...text.matchAll(MESSAGE)].flatMap((match) => {
    const literal = literalAt(text, match.index + match[0].length);
    const problem = problemOf(literal);
    const line = text.slice(0, match.index).split("\n").length;
    return problem === undefined ? [] : [`${path}:${line}: a message ${problem}: ${literal}`];
  });
}

function problemOf(literal: string): string | undefined {
  const said = literal.slice(1, -1);
  if (/^[A-Z](?:[a-z]|\s)/.test(said) && !PROPER.some((word) => said.startsWith(word))) return "begins with a small letter";
  return /[^.]\.$/.test(said) ? "ends without a full stop" : undefined;
}

/** The text of a string or template that begins there, quotes and all. */
function literalAt(text: string, start: number): string {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === quote) return text.slice(start, at + 1);
    else if (quote === "`" && text.startsWith("${", at)) at = endOfInsert(text, at + 2);
  }
  return text.slice(start);
}

/** Where the brace closes that `${` has opened. */
function endOfInsert(text: string, start: number): number {
  for (let at = start, depth = 1; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return at;
    else if (`"'\``.includes(character)) at += literalAt(text, at).length - 1;
  }
  return text.length;
}
