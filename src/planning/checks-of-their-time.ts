import type { Step } from "../config/index.ts";

/** True for a step with a check that may have another result tomorrow although its inputs are the same. */
export function checksAreOfTheirTime({ checks = [] }: Pick<Step, "checks">): boolean {
  return checks.some(
    (check) =>
      check.kind !== "metadata" &&
      (check.expectations.some(({ rule }) => rule === "fresh") || isMovable(check.drift?.against)),
  );
}

/** A stored file stays as it is; what another URI names may change. */
function isMovable(against: string | undefined): boolean {
  return against?.includes("://") === true && !against.startsWith("datum://");
}
