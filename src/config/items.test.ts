import { describe, expect, test } from "vitest";
import { parseConfig } from "./parse-config.ts";
import { configOfText, lintLines } from "./testing/lint-lines.ts";

const EMPTY = { steps: [], pipelines: [], tasks: [], endpoints: [], deployments: [], models: [], project: {} };

describe("the form of a file", () => {
  test.each([
    ["empty", ""],
    ["only comments", "# nothing yet\n"],
    ["an empty list", "[]\n"],
    ["null", "~\n"],
  ])("%s is an empty configuration", (_, text) => {
    expect(parseConfig({ file: "x", text })).toEqual({ config: EMPTY, diagnostics: [] });
  });

  test.each([
    [
      "step: {name: a}\n",
      "1:1 error not-a-list: the file has to be a list of items, each beginning with `- step:`, `- pipeline:` or another kind (write `- step:` with a dash, and indent what belongs to it)",
    ],
    [
      "hello\n",
      "1:1 error not-a-list: the file has to be a list of items, each beginning with `- step:`, `- pipeline:` or another kind",
    ],
    ["- step\n", "1:3 error not-an-item: an entry of the file is a mapping such as `step:`; this one is not"],
    ["- 2024-01-31\n", "1:3 error not-an-item: an entry of the file is a mapping such as `step:`; this one is not"],
    ["- step:\n", "1:3 error not-an-item: this step is empty; indent its keys below it"],
    ["- step: text\n", "1:9 error wrong-type: the item has to be a mapping, not text"],
    ["- {}\n", "1:3 warning unknown-item: this entry is empty; it is ignored"],
    [
      "- pipline: {}\n",
      "1:3 warning unknown-item: there is no kind of item `pipline`; it is ignored (did you mean `pipeline`?)",
    ],
    [
      "- data: {}\n",
      "1:3 warning unknown-item: there is no kind of item `data`; it is ignored (kinds: step, endpoint, pipeline, blueprint, task, deployment, model, project)",
    ],
  ])("%j", (text, line) => {
    expect(lintLines(text)).toEqual([line]);
  });

  test("of several kinds in one entry the first of Valohai's order counts", () => {
    const text = "- deployment: {name: d, defaults: {target: t}}\n  step: {name: s, image: i, command: c}\n";
    expect(lintLines(text)).toEqual([
      "1:3 warning several-kinds: this entry is a step already; its `deployment` is ignored (begin a new entry: `- deployment:`)",
    ]);
    expect(configOfText(text).deployments).toEqual([]);
  });

  test("of two items with one name the later counts, at the place of the first", () => {
    const text =
      "- step: {name: a, image: one, command: c}\n- step: {name: b, image: i, command: c}\n- step: {name: a, image: two, command: c}\n";
    expect(lintLines(text)).toEqual([
      "3:16 warning duplicate-name: there are two steps with the name `a`; this later one counts",
    ]);
    expect(configOfText(text).steps.map(({ name, image }) => [name, image])).toEqual([
      ["a", "two"],
      ["b", "i"],
    ]);
  });

  test("a step and a task may share a name", () => {
    expect(
      lintLines(
        "- step: {name: a, image: i, command: c, parameters: [{name: p}]}\n- task: {name: a, step: a, parameters: []}\n",
      ),
    ).toEqual([]);
  });

  test("`blueprint` is a pipeline", () => {
    expect(configOfText("- blueprint: {name: p, nodes: [], edges: []}\n").pipelines).toEqual([
      { name: "p", nodes: [], edges: [], parameters: [], reuseExecutions: true },
    ]);
  });

  test("of several `project` items later keys count", () => {
    const text = "- project: {python: {version: '3.11'}}\n- project: {}\n- project: {python: {packages: [a]}}\n";
    expect(configOfText(text).project).toEqual({ python: { packages: ["a"] } });
  });

  test("all problems come at once, in the order of the file", () => {
    const text = `- step: {name: a, image: i, comand: c}
- pipeline: {name: p, nodes: [{name: n, type: execution, step: zz}], edges: [[n.output.x, m.input.y]]}
- step: {name: b, image: 3, command: c}
`;
    expect(lintLines(text)).toEqual([
      "1:3 error missing-key: a step needs `command`",
      "1:29 error unknown-key: a step has no key `comand` (did you mean `command`?)",
      "2:64 error unknown-step: there is no step `zz`",
      "2:91 error unknown-node: the pipeline has no node `m` (nodes: n)",
      "3:26 error wrong-type: `image` has to be text, not a whole number (put text in quotes)",
    ]);
  });
});

describe("out-dented items", () => {
  const text = `- step:
  name: preprocess
  image: python
  command:
    - python preprocess.py
  inputs:
    - name: raw
- pipeline:
  name: p
  connections:
    - [preprocess.outputs.*.npz, train.inputs.data]
- step:
  name: train
  image: python
  command: python train.py
  inputs:
    - name: data
- task:
  name: t
  step: train
  parameters: []
- endpoint:
  name: ep
  image: i
  wsgi: app
- deployment:
  name: d
  defaults: {target: x}
`;

  test("mean the same as indented ones", () => {
    const indented = text.replace(/^ {2}/gm, "    ");
    expect(lintLines(text)).toEqual([]);
    expect(configOfText(text)).toEqual(configOfText(indented));
    expect(configOfText(text).steps.map(({ name }) => name)).toEqual(["preprocess", "train"]);
  });

  test("have the same mistakes, at their own places", () => {
    const diagnostics = parseConfig({ file: "x", text: "- step:\n  name: a\n  imge: b\n  command: c\n" }).diagnostics;
    expect(diagnostics.map(({ path, line, column, message }) => [path, line, column, message])).toEqual([
      ["/0", 1, 3, "a step needs `image`"],
      ["/0/imge", 3, 3, "a step has no key `imge`"],
    ]);
  });
});
