import { mkdirSync, mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { mayInstall } from "./may-install.ts";

const valohai = realpathSync(mkdtempSync(join(tmpdir(), "headrace-may-install-")));
afterAll(() => rmSync(valohai, { recursive: true, force: true }));

const files: Readonly<Record<string, string>> = {
  "repository/train.py": "import numpy\nprint('pipeline')\n",
  "repository/late.py": "subprocess.run([sys.executable, '-m', 'pip', 'install', 'x'])\n",
  "repository/run.sh": "#!/usr/local/bin/bash\nbash steps/setup.sh\n",
  "repository/steps/setup.sh": "bash run.sh\npython train.py\n",
  "repository/deep.sh": "bash steps/deeper.sh\n",
  "repository/steps/deeper.sh": "conda install -y x\n",
  "repository/pkg/model.py": "print()\n",
  "repository/pkg/__main__.py": "os.system('uv pip sync')\n",
  "repository/Makefile": "train:\n\tpip install -r requirements.txt\n",
  "repository/note.ipynb": '{"cells": [{"source": ["%pip install x"]}]}',
  "repository/plot.R": "install.packages('x')\n",
  "repository/go": "#!/bin/sh\nnpm install -g x\n",
  "inputs/code/run.py": "pip.main(['install'])\n",
};
for (const [name, text] of Object.entries(files)) {
  mkdirSync(dirname(join(valohai, name)), { recursive: true });
  writeFileSync(join(valohai, name), text);
}
writeFileSync(join(valohai, "repository/large.py"), "");
truncateSync(join(valohai, "repository/large.py"), 2 * 1024 * 1024);

const ask = (command: string, variables: Readonly<Record<string, string>> = {}): boolean =>
  mayInstall({ command: [command], variables, valohai });

describe("a step may install", () => {
  test.each([
    ...[
      "pip install x",
      "python3 -m pip install x",
      "pip3.11 install x",
      "uv pip install --system x",
      "/opt/conda/bin/conda install x",
    ],
    ...[
      "sudo apt-get update",
      "make install",
      "cp x /usr/local/bin",
      "Rscript -e 'install.packages(\"x\")'",
      "cargo install x",
    ],
    ...[
      "python late.py",
      "bash deep.sh",
      "bash ./deep.sh",
      "./go",
      "python -m pkg",
      "make train",
      "papermill note.ipynb out.ipynb",
      "Rscript plot.R",
    ],
    ...[
      "python /valohai/inputs/code/run.py",
      "python $VH_INPUTS_DIR/code/run.py",
      "cd steps && bash setup2.sh",
      "python large.py",
    ],
  ])("%s", (command) => {
    expect(ask(command)).toBe(true);
  });

  test("by a command that a variable holds", () => {
    expect(ask('eval "$SETUP"', { SETUP: "pip install x" })).toBe(true);
  });

  test.each([
    "true",
    "python train.py --rate 0.1",
    "bash run.sh",
    "python -m pkg.model",
    "echo pipeline",
    "python -m json.tool x.json",
    "cat ../pipe",
  ])("not by %s", (command) => {
    expect(ask(command, { A: "1" })).toBe(false);
  });
});
