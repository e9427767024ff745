import { describe, expect, test } from "vitest";
import { lintLines, stepWith } from "../testing/lint-lines.ts";

const command = (...lines: readonly string[]): string =>
  `- step:\n    name: s\n    image: i\n    parameters: [{name: lr}]\n    command:\n${lines.map((line) => `      - ${JSON.stringify(line)}\n`).join("")}`;

describe("placeholders", () => {
  test.each([
    ["run {parameter:lr} {parameter-value:lr} {parameters} {params} {source-path}", []],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's variable
    ["echo ${HOME} {} {x} {parameter} {parameter:", []],
    [
      "run {parameter:rl}",
      [
        "6:9 warning unknown-placeholder: the step `s` has no parameter `rl`, so that `{parameter:rl}` is left as it is (did you mean `lr`?)",
      ],
    ],
    [
      "run {parameter-value:x}",
      [
        "6:9 warning unknown-placeholder: the step `s` has no parameter `x`, so that `{parameter-value:x}` is left as it is (parameters: lr)",
      ],
    ],
  ])("%s", (line, expected) => {
    expect(lintLines(command(line))).toEqual(expected);
  });

  test("stand at the command that holds them", () => {
    expect(lintLines(command("a", "run {parameter:rl}")).map((line) => line.slice(0, 4))).toEqual(["7:9 "]);
    expect(lintLines(stepWith("").replace("command: c", "command: run {parameter:x}"))[0]).toMatch(/^4:14 /);
  });
});

describe("files that a command names", () => {
  const known = new Set(["train.py", "scripts/run.sh", "requirements.txt"]);
  const missing = (...lines: readonly string[]): readonly string[] =>
    lintLines(command(...lines), { fileExists: (path) => known.has(path) })
      .filter((line) => line.includes("missing-file"))
      .map((line) => /`([^`]+)`/.exec(line)?.[1] ?? "");

  test.each<[command: readonly string[], missing: readonly string[]]>([
    [["python train.py {parameters}"], []],
    [["python3.12 ./train.py"], []],
    [["python -u trian.py --x"], ["trian.py"]],
    [["bash scripts/run.sh && python other.py"], ["other.py"]],
    [["./gone.sh"], ["gone.sh"]],
    [["pip install -r requirements.txt"], []],
    [["pip install --no-cache -r reqs.txt"], ["reqs.txt"]],
    [["Rscript model.R; julia a.jl"], ["model.R", "a.jl"]],
    [["python -m package.module"], []],
    [["gone.ipynb {parameters}"], ["gone.ipynb"]],
    [["./gone.ipynb"], ["gone.ipynb"]],
    [["'not there.ipynb'"], ["not there.ipynb"]],
    [["curl -O https://x/gone.ipynb", "gone.ipynb"], []],
    [["pip list\ngone.ipynb", "gone.ipynb"], ["gone.ipynb"]],
    [["papermill gone.ipynb out.ipynb"], ["gone.ipynb"]],
    [["jupyter nbconvert --to notebook --execute gone.ipynb"], ["gone.ipynb"]],
    [["python -c 'print(1)'"], []],
    [["python /usr/lib/x.py"], []],
    [["python {parameter-value:lr}.py"], []],
    [["python $SCRIPT.py"], []],
    [["python ../shared/x.py"], []],
    [["cd sub && python x.py"], []],
    [["cd sub", "python x.py"], []],
    [["curl -o x.py http://x", "python x.py"], []],
    [["git clone http://x", "python x.py"], []],
    [["echo 1 > made.py", "python made.py"], []],
    [["python a.py", "python a.py"], ["a.py"]],
    [["echo python train.py.bak"], []],
  ])("%j", (lines, expected) => {
    expect(missing(...lines)).toEqual(expected);
  });

  test("the warning names the file and its place", () => {
    expect(lintLines(command("python trian.py"), { fileExists: () => false })).toEqual([
      "6:9 warning missing-file: the command runs `trian.py`, and the project has no such file",
    ]);
  });

  test("a requirements file of `python:` is looked for, too", () => {
    const text = stepWith("python: {requirements: reqs.txt}");
    expect(lintLines(text, { fileExists: () => true })).toEqual([]);
    expect(lintLines(text, { fileExists: () => false })).toEqual([
      "5:28 warning missing-file: `python` names the file `reqs.txt`, and the project has no such file",
    ]);
  });

  test("one for all steps, too", () => {
    expect(lintLines("- project:\n    python: {requirements: reqs.txt}\n", { fileExists: () => false })).toEqual([
      "2:28 warning missing-file: `python` names the file `reqs.txt`, and the project has no such file",
    ]);
  });

  test("nobody asks where nobody can answer", () => {
    expect(lintLines(command("python gone.py"))).toEqual([]);
  });
});

describe("files that inputs take", () => {
  test.each<[uri: string, found: boolean]>([
    ["data/nope.csv", true],
    ["data/there.csv", false],
    ["data", false],
    ["data/*.csv", false],
    ["../shared/x.csv", false],
    ["/data/x.csv", false],
    ["~/x.csv", false],
    ["s3://bucket/x.csv", false],
    ["datum://x", false],
    ["", false],
  ])("%s", (uri, found) => {
    const text = stepWith(`inputs: [{name: in, default: ${JSON.stringify(uri)}}]`);
    expect(lintLines(text, { fileExists: (path) => path === "data/there.csv" || path === "data" })).toEqual(
      found
        ? [`5:25 warning missing-file: the input \`in\` takes \`${uri}\`, and the project has no such file or folder`]
        : [],
    );
  });
});

describe("pipes that hide a failure", () => {
  const hint = "(write `set -o pipefail` as the first command)";
  test.each<[commands: readonly string[], programs: readonly string[] | undefined]>([
    [["python train.py | tee train.log"], ["python", "tee"]],
    [["mkdir x && python3.12 -u train.py 2>&1 | tee -a log"], ["python3.12", "tee"]],
    [["A=1 ./run.sh --x 'a|b' |& cat"], ["./run.sh", "cat"]],
    [["if true; then bash x.sh | sed s/a/b/; fi"], ["bash", "sed"]],
    [["set -o pipefail", "python train.py | tee train.log"], undefined],
    [["set -euo pipefail; python train.py | tee train.log"], undefined],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's variable
    [["python train.py | tee log; exit ${PIPESTATUS[0]}"], undefined],
    [["#!/usr/bin/env fish", "python train.py | tee log"], undefined],
    [["python train.py || true"], undefined],
    [["echo y | python train.py"], undefined],
    [["python -c 'print(1 | 2)'"], undefined],
    [["cat x | sort | uniq"], undefined],
    [["python train.py"], undefined],
  ])("%j", (commands, programs) => {
    const found = lintLines(command(...commands)).map((line) => line.replace(/^\S+ /, ""));
    expect(found).toEqual(
      programs === undefined
        ? []
        : [
            `warning hidden-failure: when \`${programs[0]}\` fails here, the step goes on: a pipe has the exit status of its last program, \`${programs[1]}\` ${hint}`,
          ],
    );
  });

  test("a long line costs nothing", () => {
    expect(lintLines(command(`python ${"a ".repeat(4_000)}`))).toEqual([]);
    expect(lintLines(command("A=1 ".repeat(2_000)))).toEqual([]);
  });
});

describe("a step without an image", () => {
  test.each([
    [
      "environment: local",
      [
        "1:3 warning no-image: the step `s` has no `image`: Headrace runs it on this machine, Valohai's own tools refuse it",
      ],
    ],
    [
      "python: {packages: [numpy]}",
      [
        "1:3 warning no-image: the step `s` has no `image`: Headrace runs it on this machine, Valohai's own tools refuse it",
      ],
    ],
    [
      "environment: gpu",
      [
        "1:3 error missing-key: a step needs `image` (a step that runs on this machine may leave it out: `environment: local`)",
      ],
    ],
    [
      "category: x",
      [
        "1:3 error missing-key: a step needs `image` (a step that runs on this machine may leave it out: `environment: local`)",
      ],
    ],
  ])("and %s", (key, expected) => {
    expect(lintLines(`- step: {name: s, command: c, ${key}}\n`)).toEqual(expected);
  });
});
