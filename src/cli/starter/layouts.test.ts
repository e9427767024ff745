import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "../../config/index.ts";
import { PLAIN } from "../terminal/style.ts";
import { initProject } from "./init-project.ts";
import { renderInit } from "./render-init.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-layout-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;

function lay(files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Returns what init says in a folder with these files; checks that it writes a sound valohai.yaml and nothing else. */
function shown(files: Files): readonly string[] {
  lay(files);
  const before = readdirSync(folder, { recursive: true }).map(String).sort();
  const result = initProject(folder);
  const after = readdirSync(folder, { recursive: true }).map(String).sort();
  expect(after.filter((name) => !before.includes(name))).toEqual(result.files);
  if (result.files.length > 0) {
    const text = readFileSync(join(folder, "valohai.yaml"));
    expect(parseConfig({ file: "valohai.yaml", text }).diagnostics).toEqual([]);
  }
  return renderInit(result, ".", PLAIN);
}

const MAIN = 'def main():\n    pass\n\n\nif __name__ == "__main__":\n    main()\n';
const LINT = "  headrace lint  after each change of valohai.yaml";

describe("init in a folder with code", () => {
  it.each<[layout: string, files: Files, lines: readonly string[]]>([
    [
      "scripts below src, with a data file and modules beside them",
      {
        "src/train.py": `from utils import f\nimport pandas as pd\n${MAIN}`,
        "src/prepare.py": "import sys\nprint(sys.argv)\n",
        "src/utils.py": "import logging\nlogging.basicConfig()\ndef f(): pass\n",
        "src/model.py": "class Net:\n    pass\n",
        "data/a.csv": "x\n",
        "requirements.txt": "pandas\n",
        "tests/run_all.py": MAIN,
        ".venv/pyvenv.cfg": "",
        "my env/pyvenv.cfg": "",
        "my env/bin/activate.py": MAIN,
      },
      [
        "✓ wrote valohai.yaml: 2 steps",
        "  prepare  python3 src/prepare.py",
        "  train    python3 src/train.py",
        "found requirements.txt: its packages are installed for the Python steps",
        "",
        "Next:",
        "  headrace run prepare",
        LINT,
      ],
    ],
    [
      "a package below src that scripts import",
      {
        "src/churn/__init__.py": "",
        "src/churn/core.py": "def f(): pass\n",
        "src/churn/train.py": `from .core import f\n${MAIN}`,
        "src/churn/__main__.py": "from churn.core import f\nf()\n",
        "scripts/evaluate.py": `from churn.core import f\n${MAIN}`,
        "pyproject.toml": '[project]\nname = "churn"\ndependencies = [\n  "numpy",\n]\n\n[tool.x]\n',
      },
      [
        "✓ wrote valohai.yaml: 3 steps",
        "  evaluate  python3 scripts/evaluate.py",
        "  churn     python3 -m churn",
        "  train     python3 -m churn.train",
        "found pyproject.toml: its packages are installed for the Python steps",
        "",
        "Next:",
        "  headrace run train",
        LINT,
      ],
    ],
    [
      "two packages with scripts of one name",
      {
        "cats/__init__.py": "",
        "cats/train.py": MAIN,
        "dogs/__init__.py": "",
        "dogs/train.py": `from cats import x\n${MAIN}`,
      },
      [
        "✓ wrote valohai.yaml: 2 steps",
        "  cats-train  python3 cats/train.py",
        "  dogs-train  python3 dogs/train.py",
        "",
        "Next:",
        "  headrace run cats-train",
        LINT,
      ],
    ],
    [
      "a pipeline of DVC",
      { "dvc.yaml": "stages: {}\n", "src/train.py": MAIN, "params.yaml": "a: 1\n" },
      [
        "found dvc.yaml: a pipeline of DVC, whose stages become steps; nothing was written",
        "",
        "Next:",
        "  headrace import dvc.yaml -o valohai.yaml",
      ],
    ],
    [
      "steps that need something",
      {
        "features.py": 'import os\nd = os.environ["VH_INPUTS_DIR"] + "/table/a.csv"\nprint(d)\n',
        "fit.py": 'p.add_argument("out")\nprint(read_csv("data/raw.csv"))\nopen("made.txt", "w")\n',
        MLproject: "name: x\n",
        "environment.yml": "dependencies: [numpy]\n",
        "notebooks/a.ipynb": "{}",
      },
      [
        "✓ wrote valohai.yaml: 2 steps",
        "  features  python3 features.py",
        "  fit       python3 fit.py {parameters}",
        "            reads data/raw.csv, which is not there: make it an input, or an output of another step",
        "found environment.yml: conda packages are not installed; activate the environment before `headrace run`",
        "found MLproject: its entry points are not read",
        "found notebooks/a.ipynb: no step was made of this notebook",
        "",
        "Next:",
        "  headrace run features --input table=FILE  with a file or value in place of the capitals",
        LINT,
      ],
    ],
    [
      "a flat repository with a module that is executed, and data folders with scripts",
      {
        "bench.py": MAIN,
        "configurator.py": "print(1)\n",
        "data/books/prepare.py": MAIN,
        "train.py": "exec(open('configurator.py').read())\nprint(2)\n",
        "scaling.ipynb": "{}",
        "more.ipynb": "{}",
        "explore.ipynb": '{"cells": []}',
      },
      [
        "✓ wrote valohai.yaml: 4 steps",
        "  bench    python3 bench.py",
        "  prepare  python3 data/books/prepare.py",
        "  explore  explore.ipynb",
        "  train    python3 train.py",
        "found more.ipynb: no steps were made of 2 notebooks",
        "",
        "Next:",
        "  headrace run prepare",
        LINT,
      ],
    ],
    [
      "shell and R, and a name that looks like an option",
      { "-rf.py": MAIN, "fit.R": "x\n", "run all.sh": "true\n", "deep/er/x.sh": "true\n" },
      [
        "✓ wrote valohai.yaml: 3 steps",
        "  rf       python3 ./-rf.py",
        "  fit      Rscript fit.R",
        "  run all  bash 'run all.sh'",
        "",
        "Next:",
        "  headrace run fit",
        LINT,
      ],
    ],
  ])("%s", (_layout, files, lines) => {
    expect(shown(files)).toEqual(lines);
  });

  it("names where Python finds the packages of the project", () => {
    shown({
      "src/churn/__init__.py": "",
      "scripts/train.py": `import churn\n${MAIN}`,
      "lib.py": "",
      "tools/__init__.py": "",
    });
    const { config } = parseConfig({ file: "valohai.yaml", text: readFileSync(join(folder, "valohai.yaml")) });
    expect(config?.steps).toMatchObject([
      { command: ["python3 scripts/train.py"], environmentVariables: [{ name: "PYTHONPATH", default: "src" }] },
    ]);
  });

  it("is refused where nothing looks like a step, and says what was seen", () => {
    lay({ "explore.ipynb": "{}", "data.csv": "x\n" });
    expect(() => initProject(folder)).toThrow(
      expect.objectContaining({
        code: "HR_USAGE",
        message: `${folder} has no scripts that look like steps (*.py, *.sh, *.R, *.ipynb)`,
        details: ["explore.ipynb: no step was made of this notebook"],
        hint: "`headrace docs tutorial` shows how a valohai.yaml is written; `headrace init --example NAME` writes an example into a new folder",
      }),
    );
    expect(readdirSync(folder).sort()).toEqual(["data.csv", "explore.ipynb"]);
  });
});
