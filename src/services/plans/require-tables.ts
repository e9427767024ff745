import { HeadraceError } from "../../errors.ts";
import { hasOptional } from "../../load-optional.ts";
import type { Plan } from "../../planning/index.ts";

const READS_TABLES = "@duckdb/node-api";

/** Throws HR_PACKAGE_MISSING for a plan with checks of tables where nothing can read them. */
export function requireTables(plan: Plan, isInstalled: (name: string) => boolean = hasOptional): void {
  const checked = plan.nodes.find(({ step }) => step.checks?.some(({ kind }) => kind !== "metadata") === true);
  if (checked === undefined || isInstalled(READS_TABLES)) return;
  throw new HeadraceError(
    "HR_PACKAGE_MISSING",
    `the checks of step ${checked.step.name} need the package ${READS_TABLES}, which is not installed`,
    {
      hint: `install it where Headrace is installed: npm install ${READS_TABLES} (with --global if Headrace is global)`,
    },
  );
}
