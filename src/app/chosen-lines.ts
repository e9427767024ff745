import type { LogLine } from "../api/index.ts";

export interface LineChoice {
  /** Only lines that it matches. */
  readonly matching?: RegExp;
  /** Only lines from then on, in milliseconds since the epoch. */
  readonly sinceMs?: number;
  /** Only so many of them: the last. */
  readonly tail?: number;
}

/** Whether lines have to be looked at one by one. */
export function isChosen({ matching, sinceMs }: LineChoice): boolean {
  return matching !== undefined || sinceMs !== undefined;
}

/** The lines of one execution that are wanted. Of a line in pieces, those from the first piece on that matches. */
export async function* chosenLines(lines: AsyncIterable<LogLine>, { matching, sinceMs, tail }: LineChoice): AsyncGenerator<LogLine> {
  const last: LogLine[] = [];
  const goesOn = { stdout: false, stderr: false };
  for await (const line of lines) {
    const isWanted =
      goesOn[line.stream] || ((sinceMs === undefined || Date.parse(line.at) >= sinceMs) && (matching?.test(line.text) ?? true));
    goesOn[line.stream] = isWanted && line.continues;
    if (!isWanted) continue;
    if (tail === undefined) yield line;
    else if (last.push(line) > tail) last.shift();
  }
  yield* last;
}
