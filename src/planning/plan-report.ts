import type { Advice } from "../advice.ts";

/** One reason why a run cannot start. */
export interface PlanProblem {
  readonly kind: "unknown-target" | "request" | "configuration" | "not-supported";
  /** Says what is wrong with which thing. No trailing full stop. */
  readonly message: string;
  readonly hint?: Advice;
}

/** Gathers everything that planning has to say, each thing once: a step used by a thousand nodes is warned of once. */
export class PlanReport {
  readonly #problems = new Map<string, PlanProblem>();
  readonly #warnings = new Set<string>();

  problem(kind: PlanProblem["kind"], message: string, hint?: Advice): void {
    if (!this.#problems.has(message))
      this.#problems.set(message, { kind, message, ...(hint === undefined ? {} : { hint }) });
  }

  warn(message: string): void {
    this.#warnings.add(message);
  }

  get problems(): readonly PlanProblem[] {
    return [...this.#problems.values()];
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }
}
