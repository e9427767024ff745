import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PYTHON } from "./fixtures/step-rig.ts";
import { planWatch } from "./plain-python.ts";

let folder = "";
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "plain-python-")));
  for (const path of ["bin", "scripts", "repository/bin"]) mkdirSync(join(folder, path), { recursive: true });
  for (const name of ["python", "python3", "python3.11"]) symlinkSync(PYTHON, join(folder, "bin", name));
  writeFileSync(join(folder, "scripts/python"), "#!/bin/sh\nexec python3\n");
  chmodSync(join(folder, "scripts/python"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

const plan = (command: readonly string[], variables: Readonly<Record<string, string>> = {}): unknown =>
  planWatch({ command, environment: { PATH: `${folder}/bin`, ...variables }, repository: join(folder, "repository") });

describe("commands that can be watched", () => {
  it.each([
    ["python train.py"],
    ["python3 train.py --rate 0.1 --name=x,y"],
    ["python3.11 src/train.py"],
    ["  python\ttrain.py  "],
    ["python -u train.py"],
    ["python -B -O train.py"],
    ["python -m pkg.train --x 1"],
    ["python -c 'import os; print(os.getcwd())'"],
    ["python train.py 'a b' \"c d\" x'y'\"z\""],
    ["python train.py '$HOME' '*' '|'"],
    ["python train.py /valohai/inputs/a/x.csv"],
    ["python train.py \\\n  --rate 0.1 \\\n  --name x"],
    ["python -c 'a \\\nb'"],
  ])("%j", (line) => {
    expect(plan([line])).toMatchObject({ kind: "watched", interpreters: [PYTHON] });
  });

  it("one after the other, also as one text", () => {
    expect(plan(["python a.py\npython b.py", "", "python c.py"])).toEqual({
      kind: "watched",
      interpreters: [PYTHON, PYTHON, PYTHON],
      scripts: ["a.py", "b.py", "c.py"],
    });
  });

  it("by the path of the program", () => {
    expect(plan([`${folder}/bin/python -u train.py --rate 1`])).toEqual({
      kind: "watched",
      interpreters: [PYTHON],
      scripts: ["train.py"],
    });
    expect(plan(["python -m pkg.train 1"])).toMatchObject({ scripts: ["-m pkg.train"] });
    expect(plan(["python -c 'print(1)' 2"])).toMatchObject({ scripts: ["-c print(1)"] });
  });
});

describe("commands that are more than Python", () => {
  it.each([
    "python",
    "python -",
    "python -S train.py",
    "python -I train.py",
    "python -E train.py",
    "python -uS train.py",
    "python -i train.py",
    "python -X importtime train.py",
    "python -c",
    "python train.py | tee log",
    "python train.py > log",
    "python train.py < input",
    "python train.py &",
    "python train.py; ls",
    "python train.py && ls",
    "python train.py $(ls)",
    "python train.py `ls`",
    "python train.py $HOME",
    'python train.py "$HOME"',
    "python train.py *.csv",
    "python train.py a?",
    "python train.py [a]",
    "python train.py {a,b}",
    "python train.py ~/x",
    "python train.py a\\ b",
    "python train.py 'open",
    "python train.py # comment",
    "X=1 python train.py",
    "env python train.py",
    "bash run.sh",
    "pip install x",
    "#!/usr/bin/env python",
    "Rscript train.R",
    "python2 train.py",
    "./python train.py",
    "bin/python train.py",
    "(python train.py)",
  ])("%j", (line) => {
    expect(plan([line])).toEqual({
      kind: "opaque",
      why: `only Python programs can be watched without strace in a sandbox, and this is more: ${line}`,
    });
  });

  it.each(["python train.py # comment \\\nls", "python train.py \\\n| tee log", "python train.py \\\\\nls"])(
    "over several lines: %j",
    (text) => {
      expect(plan([text])).toMatchObject({ kind: "opaque" });
    },
  );

  it("is said with the beginning of a long line", () => {
    expect(plan([`ls ${"x".repeat(100)}`])).toEqual({
      kind: "opaque",
      why: `only Python programs can be watched without strace in a sandbox, and this is more: ls ${"x".repeat(56)}…`,
    });
  });

  it("is nothing at all", () => {
    expect(plan([""])).toEqual({ kind: "opaque", why: "it has no command" });
  });
});

describe("an interpreter that is not what it seems", () => {
  const why = "the program python is not a Python of this machine, but a script or something unknown";

  it("is a script of a version manager's", () => {
    expect(plan(["python train.py"], { PATH: `${folder}/scripts:${folder}/bin` })).toEqual({ kind: "opaque", why });
  });

  it("is pyenv's own, which looks for its file", () => {
    const shims = join(folder, "shims");
    mkdirSync(shims, { recursive: true });
    const lines = (more: string): string =>
      `#!/usr/bin/env bash\nset -e\n[ -n "$PYENV_DEBUG" ] && set -x\n\nprogram="\${0##*/}"\n${more}\nexport PYENV_ROOT="/home/me/.pyenv"\nexec "/home/me/.pyenv/libexec/pyenv" exec "$program" "$@"\n`;
    const shim = (text: string): void => writeFileSync(join(shims, "python"), text, { mode: 0o755 });
    const PATH = `${shims}:/usr/bin`;
    shim(lines(""));
    const interpreters = [join(shims, "python")];
    expect(plan(["python train.py"], { PATH })).toEqual({
      kind: "watched",
      interpreters,
      scripts: ["train.py"],
      asked: [".python-version"],
    });
    expect(plan(["python src/deep/train.py --out /x/y"], { PATH })).toEqual({
      kind: "watched",
      interpreters,
      scripts: ["src/deep/train.py"],
      asked: [".python-version", "src/deep/train.py", "src/deep/.python-version", "src/.python-version"],
    });
    expect(plan(["python train.py"], { PATH, PYENV_DIR: "src" })).toMatchObject({ kind: "opaque" });
    const older =
      'if [[ "$program" = "python"* ]]; then\n  for arg; do\n    case "$arg" in\n    -c* | -- ) break ;;\n    */* )\n      if [ -f "$arg" ]; then\n        export PYENV_FILE_ARG="$arg"\n        break\n      fi\n      ;;\n    esac\n  done\nfi\n';
    shim(lines(older));
    expect(plan(["python train.py"], { PATH })).toMatchObject({ kind: "watched" });
    shim(lines("test -e secret.txt"));
    expect(plan(["python train.py"], { PATH })).toEqual({ kind: "opaque", why });
  });

  it("is not there", () => {
    expect(plan(["python train.py"], { PATH: "/nowhere" })).toEqual({ kind: "opaque", why });
  });
});

describe("variables that let others look into the repository", () => {
  it.each(["BASH_ENV", "BASH_FUNC_python%%", "ENV", "LD_PRELOAD", "LD_AUDIT", "PYTHONHOME", "LOCPATH"])(
    "%s",
    (name) => {
      expect(plan(["python a.py"], { [name]: "x" })).toEqual({
        kind: "opaque",
        why: `the variable ${name} has files read before anything can be watched`,
      });
    },
  );

  it.each([
    ["LD_LIBRARY_PATH", "lib"],
    ["LD_LIBRARY_PATH", "/usr/lib:"],
    ["SSL_CERT_FILE", "cert.pem"],
    ["HOME", "."],
    ["PYTHONUSERBASE", "packages"],
  ])("%s=%s", (name, value) => {
    expect(plan(["python a.py"], { [name]: value })).toEqual({
      kind: "opaque",
      why: `the variable ${name} has programs look for files in the repository`,
    });
  });

  it("PATH with a folder of the repository", () => {
    expect(plan(["python a.py"], { PATH: `${folder}/repository/bin:${folder}/bin` })).toMatchObject({ kind: "opaque" });
    expect(plan(["python a.py"], { PATH: `/usr/../${folder}/repository/bin` })).toMatchObject({ kind: "opaque" });
  });

  it("and others do not", () => {
    expect(
      plan(["python a.py"], { LD_LIBRARY_PATH: "/usr/lib:/opt/lib", PYTHONPATH: "src", HOME: "/home/x", MODEL: "./x" }),
    ).toMatchObject({ kind: "watched" });
  });
});
