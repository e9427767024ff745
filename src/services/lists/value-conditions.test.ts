import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExpression } from "../../expressions/index.ts";
import type { ValueCondition } from "../../store/index.ts";
import { RUN_FACTS, runRow } from "./list-row.ts";
import { valueConditions } from "./value-conditions.ts";
import { readCondition } from "./where.ts";

function conditionsOf(text: string): readonly ValueCondition[] {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return valueConditions(parsed.expression, RUN_FACTS);
}

const number = (name: string, operator: string, value: number) => ({ name, operator, value, countsBooleans: true });

describe("what the index of values can tell of a condition", () => {
  test.each<readonly [text: string, conditions: readonly unknown[]]>([
    ["auc > 0.7", [number("auc", ">", 0.7)]],
    ["0.7 < auc", [number("auc", ">", 0.7)]],
    ["-1 >= auc", [number("auc", "<=", -1)]],
    ["auc == true", [number("auc", "=", 1)]],
    ["parameter.depth == 3", [{ ...number("depth", "=", 3), origin: "parameter" }]],
    ["metadata.loss < 1", [{ ...number("loss", "<", 1), origin: "metadata" }]],
    ["kind == 'forest'", [{ name: "kind", operator: "=", value: "forest" }]],
    ["a > 1 and (b > 2 and c > 3)", [number("a", ">", 1), number("b", ">", 2), number("c", ">", 3)]],
    ["a > 1 and (b > 2 or c > 3)", [number("a", ">", 1)]],
    ["a > 1 or b > 2", []],
    ["not a > 1", []],
    ["a != 1", []],
    ["kind < 'm'", []],
    ["kind != 'm'", []],
    ["a is None", []],
    ["a > b", []],
    ["a + 1 > 2", []],
    ["abs(a) > 2", []],
    ["train.auc > 1", []],
    ["state == 'error' and number > 3", []],
    [`kind == '${"x".repeat(300)}'`, []],
  ])("%s", (text, conditions) => {
    expect(conditionsOf(text)).toEqual(conditions);
  });

  /** As the store holds a condition to an indexed value; what it does not index fits nothing. */
  function holds(value: unknown, { operator, value: wanted }: ValueCondition): boolean {
    const indexed = typeof value === "boolean" && typeof wanted === "number" ? Number(value) : value;
    if (typeof indexed !== typeof wanted) return false;
    const [a, b] = [indexed as number, wanted as number];
    return { "=": a === b, "!=": a !== b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b }[operator];
  }

  const values = fc.oneof(
    fc.integer({ min: -2, max: 2 }),
    fc.double({ noNaN: false }),
    fc.boolean(),
    fc.constantFrom("a", "1", ""),
    fc.constant(null),
  );
  const literals = fc.oneof(
    fc.integer({ min: -2, max: 2 }).map(String),
    fc.constantFrom("0.5", "true", "false", "'a'", "'1'", "None"),
  );
  const comparisons = fc
    .tuple(fc.constantFrom("==", "!=", "<", "<=", ">", ">="), literals, fc.boolean())
    .map(([operator, literal, mirrored]) => (mirrored ? `${literal} ${operator} x` : `x ${operator} ${literal}`));

  test("a row that meets a condition meets all of them", () => {
    fc.assert(
      fc.property(values, fc.array(comparisons, { minLength: 1, maxLength: 3 }), (value, parts) => {
        const text = parts.join(" and ");
        const run = { number: 1, id: "1", kind: "step", name: "p", state: "complete", title: null } as const;
        const times = { createdAt: "", startedAt: null, finishedAt: null, durationS: null };
        const rest = { reason: null, note: null, tags: [], commit: "", startedBy: null, stoppedBy: null };
        const row = runRow({ ...run, ...times, ...rest }, [
          { node: "n", execution: 2, reused: false, parameters: {}, metadata: { x: value } },
        ]);
        if (!readCondition(text, RUN_FACTS).isMetBy(row)) return;
        for (const condition of conditionsOf(text)) expect(holds(value, condition)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
