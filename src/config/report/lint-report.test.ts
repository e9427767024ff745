import { expect, test } from "vitest";
import { parseConfig } from "../parse-config.ts";
import { lintReport } from "./lint-report.ts";

test("the report has the documented shape", () => {
  const good = parseConfig({ file: "good.yaml", text: "- step: {name: a, image: i, command: c}\n- stepp: 1\n" });
  const bad = parseConfig({ file: "bad.yaml", text: "- step: {name: a, image: yes, command: c}\n" });
  const report = lintReport([
    { file: "good.yaml", result: good },
    { file: "bad.yaml", result: bad },
  ]);
  expect(report).toEqual({
    files: [
      {
        file: "good.yaml",
        valid: true,
        errors: [],
        warnings: [
          {
            path: "/1/stepp",
            line: 2,
            column: 3,
            code: "unknown-item",
            message: "there is no kind of item `stepp`; it is ignored",
            hint: "did you mean `step`?",
          },
        ],
      },
      {
        file: "bad.yaml",
        valid: false,
        errors: [
          {
            path: "/0/step/image",
            line: 1,
            column: 26,
            code: "wrong-type",
            message: "`image` has to be text, not a boolean",
            hint: "yes, no, on, off, true and false are booleans in YAML; put text in quotes",
          },
        ],
        warnings: [],
      },
    ],
  });
});

test("pointers escape what JSON pointers escape", () => {
  const { diagnostics } = parseConfig({ file: "x", text: "- step: {name: a, image: i, command: c, a/b~c: 1}\n" });
  expect(diagnostics.map(({ path }) => path)).toEqual(["/0/step/a~1b~0c"]);
});
