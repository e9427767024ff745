import { parseExpression } from "../../expressions/index.ts";
import type { Report } from "../build/report.ts";
import type { Path } from "../report/problem.ts";

/** A stop condition has to parse; whether its names exist only a run can tell. */
export function lintExpression(text: string | undefined, path: Path, report: Report): void {
  if (text === undefined) return;
  const result = parseExpression(text);
  if (!result.ok)
    report(
      "wrong-expression",
      path,
      `\`${path.at(-1)}\` is not an expression: ${result.message} (at character ${result.offset + 1})`,
    );
}
