import { pythonStrip } from "./python-whitespace.ts";

/**
 * Joins built command lines into one script. Blank lines are dropped; a `#!` line at the very beginning keeps a line of
 * its own, since it chooses the interpreter and is no command.
 *
 * @example joinCommand(["#!/bin/bash", "cd data", " ", "ls"], " && ") // "#!/bin/bash\ncd data && ls"
 */
export function joinCommand(lines: readonly string[], joiner: string): string {
  const { shebang, rest } = takeShebang(lines);
  const script = rest.filter((line) => pythonStrip(line) !== "").join(joiner);
  return shebang === undefined ? script : `${shebang}\n${script}`;
}

function takeShebang(lines: readonly string[]): { readonly shebang?: string; readonly rest: readonly string[] } {
  const [first, ...others] = lines;
  if (first === undefined || !first.startsWith("#!")) return { rest: lines };
  const end = first.indexOf("\n");
  if (end === -1) return { shebang: first, rest: others };
  return { shebang: first.slice(0, end), rest: [first.slice(end + 1), ...others] };
}
