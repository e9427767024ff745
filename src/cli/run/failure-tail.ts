import type { LogLine, LogsApi } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { refusalOfMachine } from "../../system-failure.ts";

/** So many of the last log lines of a failed step are shown, and at least so many of stderr's own. */
const LINES = 15;
const ERROR_LINES = 5;
/** The most characters shown of a line, and of all lines together; in both cases the end is shown. */
const LINE_CHARACTERS = 2_000;
const ALL_CHARACTERS = 8_000;

/** The end of a failed step's log. */
export interface FailureTail {
  readonly lastLines: readonly LogLine[];
  /**
   * The end of stderr, where most of it is not among the last lines: two pipes do not tell which of two lines was
   * written first, so that a failure's own message may stand far above what else the step printed.
   */
  readonly lastErrors: readonly LogLine[];
}

/** Empty where the log cannot be read: the step's reason is shown all the same. */
export async function failureTail(logs: Pick<LogsApi, "lines">, execution: number): Promise<FailureTail> {
  try {
    return await readTail(logs, String(execution));
  } catch (error) {
    // A log that is elsewhere, or damaged: whoever asks for it is told so.
    if (!(error instanceof HeadraceError) && refusalOfMachine(error) === undefined) throw error;
    return { lastLines: [], lastErrors: [] };
  }
}

async function readTail(logs: Pick<LogsApi, "lines">, ref: string): Promise<FailureTail> {
  const lastLines = await endOf(logs.lines(ref, { tail: LINES }));
  const errors = await endOf(logs.lines(ref, { tail: ERROR_LINES, stream: "stderr" }));
  const shown = lastLines.filter((line) => line.stream === "stderr").length;
  return { lastLines, lastErrors: shown < errors.length ? errors : [] };
}

/**
 * Whole lines, each as it would stand on a terminal at last, and no more than a screenful of them, however much there
 * is.
 */
async function endOf(pieces: AsyncIterable<LogLine>): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  const begun: Partial<Record<LogLine["stream"], string>> = {};
  for await (const piece of pieces) {
    const text = endOfLine((begun[piece.stream] ?? "") + piece.text);
    if (piece.continues) begun[piece.stream] = text;
    else {
      delete begun[piece.stream];
      lines.push({ ...piece, text: text.replace(/\r+$/, "") });
    }
  }
  return lastWithin(lines, ALL_CHARACTERS);
}

function lastWithin(lines: readonly LogLine[], most: number): readonly LogLine[] {
  let characters = 0;
  let first = lines.length;
  while (first > 0 && characters + (lines[first - 1]?.text.length ?? 0) <= most) {
    first -= 1;
    characters += lines[first]?.text.length ?? 0;
  }
  return lines.slice(first);
}

/** A carriage return begins the line anew (progress bars). A text that is too long keeps its end. */
function endOfLine(text: string): string {
  const visible = text.slice(text.trimEnd().lastIndexOf("\r") + 1);
  if (visible.length <= LINE_CHARACTERS) return visible;
  const end = visible.slice(-LINE_CHARACTERS);
  // Not half a surrogate pair.
  return `…${/^[\uDC00-\uDFFF]/.test(end) ? end.slice(1) : end}`;
}
