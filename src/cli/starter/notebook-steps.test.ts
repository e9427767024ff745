import { expect, test } from "vitest";
import { buildCommand, parseConfig } from "../../config/index.ts";
import { isNotebook, readNotebook } from "./notebook-steps.ts";
import { configForSteps, proposeSteps } from "./script-steps.ts";

const notebook = (source: string | readonly string[], tag = "parameters"): string =>
  JSON.stringify({
    nbformat: 4,
    cells: [
      { cell_type: "markdown", metadata: { tags: ["parameters"] }, source: "x = 1" },
      { cell_type: "code", metadata: {}, source: "y = 2" },
      { cell_type: "code", metadata: { tags: [tag] }, source },
    ],
  });

test("the cell tagged parameters gives names, types and defaults", () => {
  const source = [
    "# how it is trained\n",
    "learning_rate: float = 1e-3  # small\n",
    "epochs = 1_000\n",
    "model = 'forest'\n",
    "debug = False\n",
    "shuffle = True\n",
    "seed = None\n",
    "layers = [1, 2]\n",
    "if epochs == 3: pass",
  ];
  const common = { isMultiple: false, optional: false };
  expect(readNotebook(notebook(source))).toEqual({
    options: [
      { ...common, name: "learning_rate", type: "float", default: 0.001 },
      { ...common, name: "epochs", type: "integer", default: 1000 },
      { ...common, name: "model", type: "string", default: "forest" },
      { ...common, name: "debug", type: "flag" },
      { ...common, name: "shuffle", type: "flag", default: true },
      { ...common, name: "seed", type: "string", optional: true },
    ],
    notes: ["`layers` has no plain value: it keeps what the notebook gives it"],
  });
  expect(readNotebook(notebook("n = 2")).options).toHaveLength(1);
});

test("a notebook without such a cell, or that is none, has a step and no parameters", () => {
  expect(readNotebook(notebook("a = 1", "other"))).toEqual({
    options: [],
    notes: ["no cell has the tag `parameters`, so that the step has none"],
  });
  for (const text of ["", "[]", "{}", '{"cells": 1}', "null"])
    expect(readNotebook(text)).toEqual({ options: [], notes: ["it cannot be read as a notebook"] });
});

test("copies that Jupyter keeps are none of the project's", () => {
  expect(["a.ipynb", "a-checkpoint.ipynb", ".a.ipynb", "a.py"].map(isNotebook)).toEqual([true, false, false, false]);
});

test("the step runs the notebook, which gets its parameters as variables", () => {
  const scripts = [
    { name: "my train.ipynb", text: notebook("n = 2\nshuffle = True") },
    { name: "train.py", text: "" },
  ];
  const { config, diagnostics } = parseConfig({
    file: "valohai.yaml",
    text: Buffer.from(configForSteps(proposeSteps(scripts, { requirements: "requirements.txt" }))),
  });
  const step = config?.steps[0];
  expect([step?.name, buildCommand(step?.command ?? [], step?.parameters ?? [], {})]).toEqual([
    "my train",
    ["'my train.ipynb'"],
  ]);
  expect(step?.parameters).toMatchObject([
    { name: "n", type: "integer", default: 2 },
    { name: "shuffle", type: "flag", default: true },
  ]);
  expect(step?.python).toMatchObject({ requirements: "requirements.txt", packages: ["ipykernel", "nbclient"] });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
});
