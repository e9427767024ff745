import { expect, test } from "vitest";
import { notebookOf, runNotebooks, runsNotebook } from "./notebook-line.ts";

const RUN = 'python3 "$VH_CONFIG_DIR/run-notebook.py"';

test.each([
  ["train.ipynb", `${RUN} train.ipynb`],
  ["train.ipynb --epochs=3", `${RUN} train.ipynb --epochs=3`],
  ["./notebooks/train.ipynb > log.txt && echo done", `${RUN} ./notebooks/train.ipynb > log.txt && echo done`],
  ["'my notebook.ipynb' -x", `${RUN} 'my notebook.ipynb' -x`],
  ['"my notebook.ipynb"', `${RUN} "my notebook.ipynb"`],
  ["SEED=1 MODE=fast train.ipynb", `SEED=1 MODE=fast ${RUN} train.ipynb`],
  ["pip list\n  train.ipynb\ntest.ipynb", `pip list\n  ${RUN} train.ipynb\n${RUN} test.ipynb`],
  ["echo 'it'\ntrain.ipynb", `echo 'it'\n${RUN} train.ipynb`],
  ["#!/bin/bash\ntrain.ipynb", `#!/bin/bash\n${RUN} train.ipynb`],
  ["#!/usr/bin/env bash\ntrain.ipynb", `#!/usr/bin/env bash\n${RUN} train.ipynb`],
  ["jupyter nbconvert --execute train.ipynb"],
  ["papermill \\\n  train.ipynb out.ipynb"],
  ["papermill train.ipynb out.ipynb"],
  ["cat > list <<END\ntrain.ipynb\nEND"],
  ["notebooks=(\n train.ipynb\n test.ipynb\n)"],
  ["echo 'a\ntrain.ipynb'"],
  ["train.ipynb.txt"],
  ["train.ipynb) echo 1;;"],
  ["$FOLDER/train.ipynb"],
  ["NOTEBOOK=train.ipynb"],
  ["NOTEBOOK=train.ipynb run"],
  ["#!/usr/bin/env python3\ntrain.ipynb"],
  ["#train.ipynb"],
])("%j", (line, built = line) => {
  expect(runNotebooks([line])).toEqual([built]);
  expect(runsNotebook([built])).toBe(built !== line);
});

test("a text that one line opens is not looked into in the next", () => {
  expect(runNotebooks(["cat <<END", "train.ipynb", "END"])).toEqual(["cat <<END", "train.ipynb", "END"]);
});

test("the notebook of a line is its path without quotes", () => {
  expect(
    ["a/b.ipynb {parameters}", "'a b'.ipynb", "A=1 x.ipynb", "python a.ipynb", "{x}.ipynb"].map(notebookOf),
  ).toEqual(["a/b.ipynb", "a b.ipynb", "x.ipynb", undefined, undefined]);
});
