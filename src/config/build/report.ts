import type { DiagnosticCode } from "../report/catalogue.ts";
import type { Path, Problem } from "../report/problem.ts";
import type { ProblemList } from "../report/problem-list.ts";

/** Takes the problems that are found while the model is built and checked. */
export type Report = (code: DiagnosticCode, path: Path, message: string, options?: ReportOptions) => void;

export interface ReportOptions {
  readonly mark?: Problem["mark"];
  /** A function where finding the hint is work: it is called only for problems that are shown. */
  readonly hint?: string | undefined | (() => string | undefined);
}

/** A report that adds to a list. It underlines the value unless told otherwise. */
export function reportTo(problems: ProblemList): Report {
  return (code, path, message, options = {}) => {
    if (!problems.wants(code)) return;
    const hint = typeof options.hint === "function" ? options.hint() : options.hint;
    problems.add({ code, path, message, mark: options.mark ?? "value", ...(hint === undefined ? {} : { hint }) });
  };
}
