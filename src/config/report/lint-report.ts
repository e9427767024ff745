import type { ConfigResult, Diagnostic } from "../diagnostic.ts";

/** What `lint --json` prints. */
export interface LintReport {
  readonly files: readonly LintedFile[];
}

export interface LintedFile {
  readonly file: string;
  /** No errors; there may be warnings. */
  readonly valid: boolean;
  readonly errors: readonly LintFinding[];
  readonly warnings: readonly LintFinding[];
}

export interface LintFinding {
  /** JSON pointer (RFC 6901) into the document. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** The machine-readable report over several files. */
export function lintReport(results: readonly { readonly file: string; readonly result: Pick<ConfigResult, "diagnostics"> }[]): LintReport {
  return {
    files: results.map(({ file, result }) => {
      const of = (severity: Diagnostic["severity"]) => result.diagnostics.filter((found) => found.severity === severity).map(findingOf);
      const errors = of("error");
      return { file, valid: errors.length === 0, errors, warnings: of("warning") };
    }),
  };
}

function findingOf({ path, line, column, code, message, hint }: Diagnostic): LintFinding {
  return { path, line, column, code, message, ...(hint === undefined ? {} : { hint }) };
}
