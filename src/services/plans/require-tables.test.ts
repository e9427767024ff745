import { expect, it } from "vitest";
import { parseConfig } from "../../config/index.ts";
import { type Plan, planRun } from "../../planning/index.ts";
import { requireTables } from "./require-tables.ts";

function planOf(check: string): Plan {
  const text = `- step: { name: s, image: i, command: c, checks: [${check}] }`;
  const { config } = parseConfig({ file: "valohai.yaml", text });
  if (config === undefined) throw new Error("the configuration has errors");
  const request = { target: "s", parameters: [], inputs: [], environmentVariables: {} };
  const result = planRun(config, request);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join("; "));
  return result.plan;
}

it("refuses checks of tables where nothing can read them, and no others", () => {
  expect(() => requireTables(planOf("{ output: x.csv, rows: 1 }"), () => false)).toThrow(
    "the checks of step s need the package @duckdb/node-api, which is not installed",
  );
  expect(() => requireTables(planOf("{ output: x.csv, rows: 1 }"), () => true)).not.toThrow();
  expect(() => requireTables(planOf("{ metadata: { auc: 1 } }"), () => false)).not.toThrow();
});
