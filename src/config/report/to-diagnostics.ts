import type { Diagnostic } from "../diagnostic.ts";
import { DIAGNOSTIC_CODES } from "./catalogue.ts";
import { jsonPointer } from "./json-pointer.ts";
import { LineIndex } from "./line-index.ts";
import type { Locator, Problem } from "./problem.ts";

/** Gives every problem its severity and its place in the text, in the order of the text. */
export function toDiagnostics(
  file: string,
  text: string,
  problems: readonly Problem[],
  locator: Locator,
): readonly Diagnostic[] {
  if (problems.length === 0) return [];
  const lines = new LineIndex(text);
  const locate = locator(problems.flatMap(({ mark, path }) => (typeof mark === "string" ? [path] : [])));
  const placed = problems.map((problem) => ({
    problem,
    span: typeof problem.mark === "string" ? locate(problem.path, problem.mark) : problem.mark,
  }));
  return placed
    .sort((a, b) => a.span.offset - b.span.offset)
    .map(({ problem, span }) => ({
      severity: DIAGNOSTIC_CODES[problem.code][0],
      code: problem.code,
      message: problem.message,
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
      path: jsonPointer(problem.path),
      file,
      ...lines.position(span.offset, span.length),
    }));
}
