import { expect, test } from "vitest";
import { kindNameProblems } from "./kind-names.ts";

const kind = { path: "src/executors/lane/settings.ts", text: 'listedForm({\n  name: "lane",\n});\n' };

test.each([
  ["src/engine/a.ts", 'if (executor.name === "lane") go();\n', 1],
  ["src/services/runs/a.ts", "\nconst WHERE = `lane`;\n", 2],
  ["src/planning/a.ts", 'switch (x) {\n  case "lane":\n}\n', 2],
])("%s may not name a kind", (path, text, line) => {
  expect(kindNameProblems([kind, { path, text }])).toEqual([
    `${path}:${line}: ask the kind for what it can do (src/executors/executor-kind.ts), not for "lane"`,
  ]);
});

test.each([
  ["src/executors/lane/kind.ts", 'const name = "lane";\n'],
  ["src/engine/a.test.ts", 'const name = "lane";\n'],
  ["src/engine/a.ts", '// the kind "lane"\nconst text = "a lane or two";\n'],
])("%s may say it", (path, text) => {
  expect(kindNameProblems([kind, { path, text }])).toEqual([]);
});

test("a list of kinds that is not found is no list without names", () => {
  expect(kindNameProblems([])).toHaveLength(1);
});
