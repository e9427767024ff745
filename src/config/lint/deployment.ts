import type { Report } from "../build/report.ts";
import type { Placed } from "../build/unique.ts";
import type { Deployment } from "../model.ts";

/** A deployment of the file serves to create it on first use, and that takes a target. */
export function lintDeployment({ value, path }: Placed<Deployment>, report: Report): void {
  if (value.defaults.target) return;
  report(
    "deployment-without-target",
    path,
    `the deployment \`${value.name}\` has no \`defaults.target\`, so that it cannot be created automatically`,
    { mark: "key" },
  );
}
