import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runNotebooks } from "../config/index.ts";
import { requireScript } from "./require-script.ts";

let repository = "";
beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), "headrace-script-"));
  mkdirSync(join(repository, "src"));
  for (const name of ["train.py", "src/a.py", "my book.ipynb"]) writeFileSync(join(repository, name), "");
  symlinkSync("/valohai/inputs", join(repository, "link"));
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

const python = { packages: ["numpy"] };

test.each([
  ["python train.py"],
  ["python -u ./src/a.py --epochs 3"],
  ["python src"],
  ["'my book.ipynb' --epochs=3"],
  ["python -m gone"],
  ["python -c 'print(1)'"],
  ["python /valohai/inputs/code/gone.py"],
  ["python link/code/gone.py"],
  ["python ../inputs/code/gone.py"],
  ["python $SCRIPT"],
  ["make && python gone.py"],
  ["python gone.py > log"],
  ["make\npython gone.py"],
])("lets through what may be there: %s", (line) => {
  expect(() => requireScript({ python, command: runNotebooks([line]) }, repository)).not.toThrow();
});

test.each([
  ["python gone.py", "gone.py"],
  ["\npython3 -u ./src/gone.py --epochs 3", "./src/gone.py"],
  ["python train.py/gone.py", "train.py/gone.py"],
  ["notebooks/gone.ipynb --epochs=3", "notebooks/gone.ipynb"],
  ["python gone.py\nmake", "gone.py"],
])("refuses what is not there: %s", (line, name) => {
  const command = runNotebooks([line, "echo done"]);
  expect(() => requireScript({ python, command }, repository)).toThrow(
    `the command runs ${name}, and the code has no such file`,
  );
  expect(() => requireScript({ command }, repository)).not.toThrow();
});

test.each([
  ["/valohai/repository/gone", true],
  ["/valohai/repository", true],
  ["/valohai", true],
  ["/", true],
  ["/valohai/data", false],
])("leaves it to the step where something is mounted at %s: %s", (destination, isLeft) => {
  const job = {
    python,
    command: ["python gone/a.py"],
    mounts: [{ source: "/x", destination, readonly: true, options: {} }],
  };
  const expected = expect(() => requireScript(job, repository));
  if (isLeft) expected.not.toThrow();
  else expected.toThrow("gone/a.py");
});
