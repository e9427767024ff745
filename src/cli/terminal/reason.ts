import { oneLine, wrap } from "./width.ts";

/**
 * Returns what happened, if there is one line for it. A reason may go on with details, and a hint, in further lines.
 */
export function reasonHead(reason: string): string {
  return oneLine(reason.split("\n", 1)[0] ?? "");
}

/** The further lines of a reason: details, and what to do. */
export function reasonRest(reason: string): readonly string[] {
  return reason.split("\n").slice(1).map(oneLine);
}

/** The whole reason in lines of at most a width. */
export function wrapReason(reason: string, width: number): readonly string[] {
  return reason.split("\n").flatMap((line) => wrap(oneLine(line).trim(), Math.max(20, width)));
}
