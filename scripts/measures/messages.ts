import { type Literal, literalsOf } from "./literals.ts";
import { isTest, type SourceFile } from "./source-file.ts";

/** Words that keep their capital letter at the beginning of a sentence. */
const PROPER = [
  ...["Docker", "Podman", "Python", "SQLite", "PostgreSQL", "Slurm", "Headrace", "HEADRACE_", "Node.js", "AWS_"],
  ...["DVC", "CUDA", "GPU", "MIG", "JSON", "NUL", "S3", "URI", "VH_"],
];

/** The text before a message or a hint. */
const BEFORE =
  /new HeadraceError\(\s*(?:"HR_[A-Z_]+"|[\w.]+),|new RefusedWrite\(\s*(?:"\w+"|[\w.]+),|new RefusedHousekeeping\(|\bhint:/g;

/** Messages and hints of errors in another style than the one: the first letter small, no full stop at the end. */
export function messageProblems(files: readonly SourceFile[]): readonly string[] {
  return files.filter((file) => file.path.startsWith("src/") && !isTest(file)).flatMap(problemsOf);
}

function problemsOf({ path, text }: SourceFile): readonly string[] {
  const literals = literalsOf(text);
  const byStart = new Map(literals.map((literal) => [literal.start, literal]));
  return [...text.matchAll(BEFORE)].flatMap(({ 0: before, index }) => {
    const start = index + before.length;
    const end = endOfExpression(text, start, byStart);
    const line = text.slice(0, index).split("\n").length;
    return literals
      .filter((literal) => literal.start >= start && literal.start < end && !isInsert(literal, literals))
      .flatMap((literal) => {
        const problem = problemOf(literal, text, { start, end });
        return problem === undefined ? [] : [`${path}:${line}: a message ${problem}: ${quoted(literal, text)}`];
      });
  });
}

function problemOf(
  literal: Literal,
  text: string,
  within: { readonly start: number; readonly end: number },
): string | undefined {
  const before = text.slice(within.start, literal.start);
  const after = text.slice(literal.start + literal.text.length + 2, within.end);
  // In a choice, or in a sentence of several parts, each text that begins or ends it.
  const begins = /(?:^|[?:[(])\s*$/.test(before);
  const ends = /^\s*(?:$|[:\])]|,\s*\])/.test(after);
  if (begins && /^[A-Z](?:[a-z]|\s)/.test(literal.text) && !PROPER.some((word) => literal.text.startsWith(word)))
    return "begins with a small letter";
  return ends && /[^.]\.$/.test(literal.text) ? "ends without a full stop" : undefined;
}

/** Returns true if it stands in an insert of a template. */
function isInsert({ start }: Literal, literals: readonly Literal[]): boolean {
  return literals.some((other) => other.start < start && start < other.start + other.text.length + 1);
}

/**
 * Returns the place where the argument or value ends that begins there: at a comma or a bracket of no pair within it.
 */
function endOfExpression(text: string, start: number, literals: ReadonlyMap<number, Literal>): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const literal = literals.get(at);
    const character = text[at] ?? "";
    if (literal !== undefined) at += literal.text.length + 1;
    else if ("([{".includes(character)) depth++;
    else if (")]}".includes(character) && --depth < 0) return at;
    else if (depth === 0 && ",;".includes(character)) return at;
  }
  return text.length;
}

function quoted(literal: Literal, text: string): string {
  return text.slice(literal.start, literal.start + literal.text.length + 2);
}
