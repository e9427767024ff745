import type { LintReport } from "../../api/index.ts";
import type { ConfigResult, Diagnostic } from "../diagnostic.ts";

type LintFinding = LintReport["files"][number]["errors"][number];

/** The machine-readable report over several files. */
export function lintReport(
  results: readonly { readonly file: string; readonly result: Pick<ConfigResult, "diagnostics"> }[],
): LintReport {
  return {
    files: results.map(({ file, result }) => {
      const of = (severity: Diagnostic["severity"]) =>
        result.diagnostics.filter((found) => found.severity === severity).map(findingOf);
      const errors = of("error");
      return { file, valid: errors.length === 0, errors, warnings: of("warning") };
    }),
  };
}

function findingOf({ path, line, column, code, message, hint }: Diagnostic): LintFinding {
  return { path, line, column, code, message, ...(hint === undefined ? {} : { hint }) };
}
