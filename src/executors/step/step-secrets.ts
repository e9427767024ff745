import { HeadraceError } from "../../errors.ts";
import type { JobSpec } from "../executor.ts";
import { shieldVariables } from "../local/shielded-variables.ts";
import { checkVariables } from "./step-environment.ts";

/** Refuses a step with secrets that cannot reach it unseen. */
export function checkSecrets({ secrets = {} }: Pick<JobSpec, "secrets">): void {
  checkVariables(secrets);
  const [, first] = shieldVariables(secrets).prefix;
  if (first !== undefined)
    throw new HeadraceError(
      "HR_STEP_START",
      `${first.split("=", 1)[0]} cannot be a secret: it decides how programs start`,
      {
        hint: "set it as a plain variable, or choose another name",
      },
    );
}

/** Refuses a step with secrets on a machine without the program that hides them in what it prints. */
export function requirePerl({ secrets }: Pick<JobSpec, "secrets">, findPerl: () => string | undefined): void {
  if (secrets !== undefined && findPerl() === undefined)
    throw new HeadraceError(
      "HR_STEP_START",
      "the step has secrets, and Perl, which hides them in its log, is missing",
      {
        hint: "install perl on this machine",
      },
    );
}
