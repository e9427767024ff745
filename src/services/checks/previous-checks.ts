import type { CheckedFile, StepCheckRequest } from "../../engine/index.ts";
import type { CheckedSubject, ChecksOfExecution, ProjectStore } from "../../store/index.ts";

type Records = Pick<ProjectStore, "stepChecks" | "data">;

/** The checks of the last complete execution of a step that had some, and the files that it had. */
export class PreviousChecks {
  readonly #store: Records;
  readonly #found: ChecksOfExecution | undefined;

  static async of(store: Records, { execution, checks }: StepCheckRequest): Promise<PreviousChecks> {
    const { step, number } = execution;
    // Most checks look at no other execution.
    const [found] = asksForBefore(checks) ? await store.stepChecks.before({ step, number, limit: 1 }) : [];
    return new PreviousChecks(store, found);
  }

  private constructor(store: Records, found: ChecksOfExecution | undefined) {
    this.#store = store;
    this.#found = found;
  }

  /** Returns a figure of then; undefined if it was not looked at, or is no number. */
  figure(kind: CheckedSubject["kind"], name: string, key: string): number | undefined {
    const subject = this.#found?.checks.subjects.find((each) => each.kind === kind && each.name === name);
    const observed = subject?.checks.find(({ figure }) => figure === key)?.observed;
    // Large whole numbers are texts in JSON.
    const figure = typeof observed === "string" && observed.trim() !== "" ? Number(observed) : observed;
    return typeof figure === "number" && Number.isFinite(figure) ? figure : undefined;
  }

  /** Returns the files that an input or the outputs had; undefined if there was no execution before. */
  async files(kind: "input" | "output", input: string): Promise<readonly CheckedFile[] | undefined> {
    if (this.#found === undefined) return undefined;
    const { executionId } = this.#found;
    if (kind === "output") return await this.#store.data.listOutputs(executionId);
    return (await this.#store.data.listInputFiles(executionId)).filter((file) => file.input === input);
  }
}

function asksForBefore(checks: StepCheckRequest["checks"]): boolean {
  return checks.some(
    (check) =>
      (check.kind !== "metadata" && check.drift?.against === "previous") ||
      check.expectations.some(
        (each) => "bounds" in each && "change" in each.bounds && each.bounds.change !== undefined,
      ),
  );
}
