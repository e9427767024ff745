// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source code.
import { expect, test } from "vitest";
import { commandProblems } from "./commands.ts";

const CLI = {
  path: "src/cli/commands/stop.ts",
  text: 'program.command("stop").option("-j, --jobs <n>").option("--force")',
};
const problems = (text: string, path = "src/store/a.ts"): readonly string[] => commandProblems([CLI, { path, text }]);

test.each([
  ['{ hint: "`headrace stop 12` stops it" }', "headrace stop"],
  ["\n\n{ hint: `\\`headrace stop ${run}\\` stops it` }", "headrace stop"],
  ['{ message: `${a ? "" : "run `headrace stop`"} now` }', "headrace stop"],
  ['"run fewer at a time with --jobs"', "--jobs"],
  ['"--jobs asks for fewer"', "--jobs"],
  ["`--jobs=${n}: there is no such number`", "--jobs"],
  ['"run `git gc`, then (--force)"', "--force"],
  ["const pattern = /[`\"]/; // and\nconst hint = 'give --force';", "--force"],
])("%s names what only the command line has", (text, name) => {
  const line = text.startsWith("\n\n") ? 3 : text.includes("pattern") ? 2 : 1;
  expect(problems(text)).toEqual([
    `src/store/a.ts:${line}: an Action (src/advice.ts) says what can be done, not the command line's ${name}`,
  ]);
});

test.each([
  '// `headrace stop 12` stops it, with --force\n"no"',
  '/** `headrace stop` */ const a = "b";',
  'spawn("git", ["push", "--force", `--jobs=${n}`])',
  '"or run `docker run --force` before"',
  "`see what \\`${name} --force\\` says`",
  '"headrace listener"',
  '"--others is an option of nobody"',
  "const divided = a / b; // it's `--force`",
])("%s does not", (text) => {
  expect(problems(text)).toEqual([]);
});

test("the command line, its tests and the manual of its JSON name what they like", () => {
  for (const path of ["src/cli/a.ts", "src/store/a.test.ts", "src/api/a.ts", "scripts/a.ts"])
    expect(problems('"`headrace stop` with --force"', path)).toEqual([]);
});
