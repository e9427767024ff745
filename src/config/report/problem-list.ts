import { DIAGNOSTIC_CODES, type DiagnosticCode } from "./catalogue.ts";
import type { Problem } from "./problem.ts";

/** Nobody reads more, and a file with 100,000 mistakes has most likely one mistake 100,000 times. */
export const MAX_PROBLEMS = 1000;

/** Gathers problems: the first 1,000 errors and the first 1,000 warnings. */
export class ProblemList {
  readonly #errors: Problem[] = [];
  readonly #warnings: Problem[] = [];

  add(problem: Problem): void {
    if (this.wants(problem.code)) this.#listOf(problem.code).push(problem);
  }

  copy(): ProblemList {
    const copy = new ProblemList();
    copy.#errors.push(...this.#errors);
    copy.#warnings.push(...this.#warnings);
    return copy;
  }

  /** Returns true if a problem of this kind would still be shown. One beyond the limit tells that there are more. */
  wants(code: DiagnosticCode): boolean {
    return this.#listOf(code).length <= MAX_PROBLEMS;
  }

  #listOf(code: DiagnosticCode): Problem[] {
    return DIAGNOSTIC_CODES[code][0] === "error" ? this.#errors : this.#warnings;
  }

  addAll(problems: Iterable<Problem>): void {
    for (const problem of problems) this.add(problem);
  }

  get hasErrors(): boolean {
    return this.#errors.length > 0;
  }

  /** True if further errors would not be shown. */
  get isFull(): boolean {
    return this.#errors.length > MAX_PROBLEMS;
  }

  /** Returns what is shown: errors before warnings, 1,000 in all, and a last one that says that there are more. */
  shown(): readonly Problem[] {
    const all = [...this.#errors, ...this.#warnings];
    if (all.length <= MAX_PROBLEMS) return all;
    const shown = all.slice(0, MAX_PROBLEMS);
    const last = shown.at(-1);
    if (last === undefined || !this.hasErrors) return shown;
    const message = "there are more problems than the 1,000 shown; mend these first";
    return [...shown, { code: "too-many-problems", message, path: last.path, mark: last.mark }];
  }
}
