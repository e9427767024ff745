import { expect, it } from "vitest";
import { dbtTables, importDbt } from "./dbt.ts";

const DOCUMENT = {
  version: 2,
  models: [
    {
      name: "orders",
      data_tests: [{ "dbt_utils.expression_is_true": { expression: "a > b" } }],
      columns: [
        { name: "id", tests: ["unique", "not_null"] },
        {
          name: "status",
          data_tests: [
            { accepted_values: { values: ["placed", 1], config: { severity: "warn", where: "id > 3" } } },
            { accepted_values: { arguments: { values: [true] } } },
          ],
        },
        { name: "customer", tests: [{ relationships: { to: "ref('customers')", field: "key" } }] },
      ],
    },
  ],
  sources: [{ name: "raw", tables: [{ name: "payments" }] }],
};

it("reads the standard tests of a table, in each of dbt's spellings", () => {
  expect(dbtTables(DOCUMENT)).toEqual(["orders", "payments"]);
  const none = { name: "dbt_utils.expression_is_true of orders", reason: "it has no equal here" };
  expect(importDbt(DOCUMENT, "orders", true)).toEqual({
    expectations: [
      { severity: "error", rule: "unique", columns: ["id"] },
      { severity: "error", rule: "not-null", column: "id" },
      { severity: "warn", where: "id > 3", rule: "in", column: "status", values: ["placed", 1, "1"] },
      { severity: "error", rule: "in", column: "status", values: [true, "true"] },
      { severity: "error", rule: "references", column: "customer", to: "key" },
    ],
    skipped: [none],
  });
  const alone = importDbt(DOCUMENT, "orders", false);
  expect(alone.skipped).toEqual([
    none,
    { name: "relationships of orders.customer", reason: "it needs the table ref('customers') as the reference" },
  ]);
  expect(importDbt({ models: [{ name: "empty" }, null, 3] }, "empty", false).expectations).toEqual([]);
});
