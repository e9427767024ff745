/**
 * A block of code of a page. Its first line is ```` ```LANGUAGE [WORDS…] ````; readers see no more of that than
 * colours.
 */
export interface PageBlock {
  readonly language: string;
  /** `console`: `fails`, `elsewhere` or `network`; other languages: the name of a file, and `same` or `append`. */
  readonly words: readonly string[];
  readonly text: string;
  /** The page's line on which its code begins. */
  readonly line: number;
}

/** A command of a `console` block, with what the page shows of its output. */
export interface ShownCommand {
  readonly command: string;
  readonly output: readonly string[];
  readonly line: number;
}

const FENCE = /^```(\w+)(?: (.*))?\n([\s\S]*?)^```$/gm;

export function readBlocks(page: string): readonly PageBlock[] {
  return [...page.matchAll(FENCE)].map((match) => ({
    language: match[1] ?? "",
    words: (match[2] ?? "").split(" ").filter((word) => word !== ""),
    text: match[3] ?? "",
    line: page.slice(0, match.index).split("\n").length + 1,
  }));
}

/** Commands follow `$ `, go on after a backslash, and may carry a comment, which bash leaves out as well. */
export function readCommands(block: PageBlock): readonly ShownCommand[] {
  const commands: { command: string; output: string[]; line: number }[] = [];
  let goesOn = false;
  for (const [index, line] of block.text.trimEnd().split("\n").entries()) {
    const last = commands.at(-1);
    if (goesOn && last !== undefined) last.command += `\n${line}`;
    else if (line.startsWith("$ ")) commands.push({ command: line.slice(2), output: [], line: block.line + index });
    else if (last !== undefined) last.output.push(line);
    goesOn = line.endsWith("\\");
  }
  return commands;
}

/** Returns the line with one sign in place of each part that differs from one machine or minute to the next. */
export function normalised(line: string): string {
  return line
    .replace(/\b\d\d:\d\d:\d\d\b/g, "CLOCK")
    .replace(/\b(?:just now|\d+ ?(?:s|m|min) ago)/g, "AGE")
    .replace(/\b(?:\d+h )?(?:\d+m )?\d+(?:\.\d+)?s\b/g, "TIME")
    .replace(/~?\b[0-9a-f]{11,64}\b/g, "HASH")
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "ID")
    .replace(/\s+/g, " ")
    .trim();
}

/** The first shown line that the real output does not have after the ones before it. `…` stands for any lines. */
export function firstLineMissing(shown: readonly string[], real: string): string | undefined {
  const lines = real.split("\n").map(normalised);
  let from = 0;
  for (const line of shown) {
    const wanted = normalised(line);
    if (wanted === "" || wanted === "…") continue;
    const at = lines.indexOf(wanted, from);
    if (at === -1) return line;
    from = at + 1;
  }
  return undefined;
}
