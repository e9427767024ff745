import type { DiagnosticCode } from "../report/catalogue.ts";
import type { Path, Problem } from "../report/problem.ts";
import type { ProblemList } from "../report/problem-list.ts";

/** Takes the problems that are found while the model is built and checked. */
export type Report = (code: DiagnosticCode, path: Path, message: string, options?: ReportOptions) => void;

export interface ReportOptions {
  readonly mark?: Problem["mark"];
  readonly hint?: string | undefined;
}

/** A report that adds to a list. What it underlines is the value unless told otherwise. */
export function reportTo(problems: ProblemList): Report {
  return (code, path, message, options = {}) => {
    problems.add({ code, path, message, mark: options.mark ?? "value", ...(options.hint === undefined ? {} : { hint: options.hint }) });
  };
}
