import { describe, expect, test } from "vitest";
import { parseConfig } from "../parse-config.ts";
import { lintLines } from "../testing/lint-lines.ts";

describe("many problems", () => {
  test("after 1,000 the rest is left out, and said so", () => {
    const lines = lintLines("- step: {name: a}\n".repeat(3000));
    expect(lines).toHaveLength(1001);
    expect(lines.at(-1)).toBe(
      "500:3 error too-many-problems: there are more problems than the 1,000 shown; mend these first",
    );
  });

  test("errors go before warnings", () => {
    const lines = lintLines(`${"- stepp: 1\n".repeat(2000)}- step: {name: a}\n`);
    expect(lines).toHaveLength(1001);
    expect(lines.filter((line) => line.includes(" error "))).toEqual([
      "998:3 error too-many-problems: there are more problems than the 1,000 shown; mend these first",
      "2001:3 error missing-key: a step needs `image` (a step that runs on this machine may leave it out: `environment: local`)",
      "2001:3 error missing-key: a step needs `command`",
    ]);
  });

  test("warnings alone never invalidate a file, however many", () => {
    const { config, diagnostics } = parseConfig({ file: "x", text: "- stepp: 1\n".repeat(3000) });
    expect(config?.steps).toEqual([]);
    expect(diagnostics).toHaveLength(1000);
  });

  test("a reference to a broken item is no mistake of its own", () => {
    const text = `- step: {name: a, image: 1, command: c}
- pipeline: {name: p, nodes: [{name: n, type: execution, step: a}], edges: []}
`;
    expect(lintLines(text)).toEqual([
      "1:26 error wrong-type: `image` has to be text, not a whole number (put text in quotes)",
    ]);
  });
});
