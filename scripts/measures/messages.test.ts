// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source code.
import { expect, test } from "vitest";
import { messageProblems } from "./messages.ts";

const problems = (text: string, path = "src/a.ts"): readonly string[] => messageProblems([{ path, text }]);

test.each([
  'throw new HeadraceError("HR_USAGE", "no such thing", { hint: "name one" });',
  "new HeadraceError(code, `input ${name}: there is nothing`)",
  'new HeadraceError("HR_USAGE", "SQLite cannot read it")',
  'new HeadraceError("HR_USAGE", `${a === "X." ? `Y.` : "z"} is wrong`, { hint: "HEADRACE_BLOBS names it" })',
  'hint: "and so on…"',
  '{ hint: why.get("A") ?? ["see ", { do: "show-run" }, " for more"], title: "No." }',
  'new RefusedWrite("lost", `${thing} was changed`, hint)',
])("%s is in the style", (text) => {
  expect(problems(text)).toEqual([]);
});

test.each([
  [
    'new HeadraceError("HR_USAGE", "No such thing")',
    'src/a.ts:1: a message begins with a small letter: "No such thing"',
  ],
  ["\nnew HeadraceError(\n  code,\n  `a ${b}.`,\n)", "src/a.ts:2: a message ends without a full stop: `a ${b}.`"],
  ['{ hint: "Leave it out" }', 'src/a.ts:1: a message begins with a small letter: "Leave it out"'],
  ['{ hint: a ? "go" : "Leave it" }', 'src/a.ts:1: a message begins with a small letter: "Leave it"'],
  ['{ hint: ["See ", { do: "resume" }, " now"] }', 'src/a.ts:1: a message begins with a small letter: "See "'],
  ['{ hint: ["see ", { do: "resume" }, " now."] }', 'src/a.ts:1: a message ends without a full stop: " now."'],
  ['new RefusedWrite("lost", `It changed`, hint)', "src/a.ts:1: a message begins with a small letter: `It changed`"],
])("%j is not", (text, problem) => {
  expect(problems(text)).toEqual([problem]);
});

test("what tests say is their own matter", () => {
  expect(problems('hint: "No."', "src/a.test.ts")).toEqual([]);
});
