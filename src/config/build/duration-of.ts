import { parseDuration } from "../duration.ts";
import type { Path } from "../report/problem.ts";
import type { Report } from "./report.ts";

/** Whole numbers of zero or less set no limit, as in Valohai; a text that is no duration is an error. */
export function durationOf(
  source: string | number | undefined,
  path: Path,
  report: Report,
  what = "limit",
): number | undefined {
  if (typeof source === "number" && source <= 0) {
    report(
      "ignored-duration",
      path,
      `${source} seconds is no ${what}, so none is set; remove the key or write a duration such as 30m`,
    );
    return undefined;
  }
  const result = parseDuration(source);
  if (result.ok) return result.seconds;
  report("wrong-duration", path, result.message);
  return undefined;
}
