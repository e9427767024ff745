import { namesOf, parseExpression } from "../../expressions/index.ts";
import type { Report } from "../build/report.ts";
import type { Placed } from "../build/unique.ts";
import type { Model } from "../model.ts";
import type { Path } from "../report/problem.ts";

/** The requirements of a model have to be expressions over what is known of versions. */
export function lintModel({ value: { name, approve }, path }: Placed<Model>, report: Report): void {
  if (approve === undefined) return;
  const place = [...path, "approve", "require"];
  if (approve.require.length === 0)
    report("no-effect", place, `nothing is required of \`${name}\`: a person decides about its versions`);
  for (const [index, text] of approve.require.entries()) lintRequirement(text, [...place, index], report);
}

function lintRequirement(text: string, path: Path, report: Report): void {
  const result = parseExpression(text);
  if (!result.ok) {
    const where = `(at character ${result.offset + 1})`;
    report("wrong-expression", path, `\`${text}\` is not an expression: ${result.message} ${where}`);
    return;
  }
  for (const name of new Set(namesOf(result.expression).map((found) => found.name))) {
    if (/^(?:metadata|champion)\../s.test(name) || name === "checks.failed" || name === "checks.warned") continue;
    report("wrong-expression", path, `\`${name}\` says nothing of a version of a model`, {
      hint: "there are metadata.KEY and checks.failed of the new version, and champion.KEY of the champion",
    });
  }
}
