import type { LogBatchView } from "../../api/index.ts";
import { metricsText } from "../render/metrics.ts";
import { harmless } from "../terminal/harmless.ts";

export type LogPiece = LogBatchView["lines"][number];
export type LogStream = LogPiece["stream"];

/** Returns what stands in a line that was rewritten (a progress bar): the text behind the last carriage return. */
export function settled(text: string): string {
  const last = text.lastIndexOf("\r");
  return last < 0 ? text : text.slice(last + 1);
}

/** Puts the pieces of long lines together again, as far as each of them may be printed at once. */
export class LineJoiner {
  readonly #held: Partial<Record<LogStream, string>> = {};
  readonly #midLine: Partial<Record<LogStream, boolean>> = {};

  /**
   * The text to print, its newline included, and whether a line begins with it; undefined while a bar is being
   * rewritten.
   */
  join({ stream, text, continues }: LogPiece): { readonly text: string; readonly begins: boolean } | undefined {
    const isRewritten = text.includes("\r");
    const whole = isRewritten ? settled(text) : `${this.#held[stream] ?? ""}${text}`;
    delete this.#held[stream];
    const begins = this.#midLine[stream] !== true;
    if (continues && isRewritten && begins) {
      this.#held[stream] = whole;
      return undefined;
    }
    this.#midLine[stream] = continues;
    return { text: continues ? whole : `${whole}\n`, begins };
  }
}

/** On a terminal, where nobody reads more of a line than this. */
const SHOWN_CHARACTERS = 4000;
/** JSON of metadata begins like this; whatever else does is shown as it is. */
const OBJECT = /^\s*\{.*\}\s*$/s;

/**
 * A line for a terminal: harmless, as it looks in the end, and not endless. Metadata that are short appear as the
 * display writes them.
 */
export function terminalLine({ stream, text }: Pick<LogPiece, "stream" | "text">): {
  readonly text: string;
  readonly isMetadata: boolean;
} {
  const shown = settled(text);
  if (stream === "stdout" && OBJECT.test(shown)) {
    const metrics = metricsOf(shown);
    if (metrics !== undefined) return { text: metrics, isMetadata: true };
  }
  const cut = shown.length <= SHOWN_CHARACTERS ? shown : `${shown.slice(0, SHOWN_CHARACTERS)}…`;
  const safe = harmless(cut);
  // A colour that was not switched off is not to run on into the display.
  return { text: safe.includes("\u001b") ? `${safe}\u001b[0m` : safe, isMetadata: false };
}

/** Undefined where not all of it would be said. */
function metricsOf(line: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const text = metricsText(Object.fromEntries(Object.entries(value)));
  return text !== "" && Object.keys(value).length === text.split("  ").length ? text : undefined;
}
