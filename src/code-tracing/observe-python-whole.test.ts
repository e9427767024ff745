import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { holdsAfter, pythonStep as step } from "./fixtures/holds-after.ts";
import { openStepRig, type StepRig } from "./fixtures/step-rig.ts";

let rig: StepRig;
beforeAll(async () => {
  rig = await openStepRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

describe("a Python step counts the whole version", () => {
  it.each<[string, string, unknown]>([
    ["starts a program", "import subprocess; subprocess.run(['cat', 'data/a.csv'])", "it starts another program (cat)"],
    ["starts a shell", "import os; os.system('true')", "it starts other programs (os.system)"],
    [
      "starts a shell by subprocess",
      "import subprocess; subprocess.run('true', shell=True)",
      "it starts another program (sh)",
    ],
    ["becomes another program", "import os; os.execv('/bin/true', ['true'])", "it starts another program (true)"],
    [
      "spawns by POSIX",
      "import os; os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)",
      "it starts another program (true)",
    ],
    [
      "starts a harmless program with a path",
      "import subprocess; subprocess.run(['hostname', 'data/a.csv'], stderr=-3)",
      "it starts another program (hostname)",
    ],
    [
      "starts a Python that is not watched",
      "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', ''])",
      "not all of its Python processes could be watched (Python before 3.8, or started with -I, -E or -S)",
    ],
    [
      "starts a Python without our variables",
      "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], env={})",
      "not all of its Python processes could be watched (Python before 3.8, or started with -I, -E or -S)",
    ],
    [
      "opens files by the C library",
      "import ctypes; ctypes.CDLL(None).open(b'data/a.csv', 0)",
      "it calls open of a C library",
    ],
    [
      "lists folders by the C library",
      "import ctypes; ctypes.CDLL(None).opendir(b'data')",
      "it calls opendir of a C library",
    ],
    [
      "opens a database",
      "import sqlite3; sqlite3.connect('x.db')",
      "it opens a SQLite database, which looks for files by itself",
    ],
    [
      "attaches a database",
      "import sqlite3; sqlite3.connect(':memory:')",
      "it opens a SQLite database, which looks for files by itself",
    ],
    [
      "has the C library look for translations",
      "import locale; locale.bindtextdomain('x', 'lib')",
      "it has the C library look for translations (bindtextdomain)",
    ],
    [
      "looks for a library",
      "import ctypes\ntry: ctypes.CDLL('./lib/x.so')\nexcept OSError: pass",
      "it loads the library ./lib/x.so",
    ],
    [
      "looks for a library by an absolute path",
      "import ctypes, os\ntry: ctypes.CDLL(os.getcwd() + '/lib/x.so')\nexcept OSError: pass",
      expect.stringMatching(/^opaque: it loads the library .*\/lib\/x\.so$/),
    ],
    [
      "calls a function of Python's that opens files",
      "import ctypes; ctypes.pythonapi._Py_fopen_obj",
      "it calls _Py_fopen_obj of a C library",
    ],
    [
      "has libraries look for time zones",
      "import os; os.environ['TZ'] = ':' + os.getcwd() + '/zone'",
      "it sets the variable TZ, by which files are looked for unseen",
    ],
    ["preloads a library", "import os; os.environ['LD_PRELOAD'] = '/x.so'", "it sets the variable LD_PRELOAD"],
    [
      "starts a harmless program that is none",
      "import os, subprocess, tempfile\nd = tempfile.mkdtemp()\nopen(d + '/nproc', 'w').write('#!/bin/sh\\n')\nos.chmod(d + '/nproc', 0o755)\nsubprocess.run([d + '/nproc'])",
      "it starts another program (nproc)",
    ],
    ["moves files of the repository", "import os; os.rename('lib', 'moved')", "it moves lib, or makes a link to it"],
    ["links files of the repository", "import os; os.symlink('data', 'alias')", "it moves data, or makes a link to it"],
    [
      "links the folder around the repository",
      "import os; os.symlink('../..', 'alias')",
      "it makes a link to a folder around the repository",
    ],
    [
      "goes by way of /proc",
      "import os; os.path.exists('/proc/self/cwd/flag')",
      "it follows the path /proc/self/cwd/flag",
    ],
    [
      "wipes its notes",
      "import os; open(os.environ['HEADRACE_TRACE'], 'w')",
      "not all of its Python processes could be watched (Python before 3.8, or started with -I, -E or -S)",
    ],
    ["removes its notes", "import os; os.remove(os.environ['HEADRACE_TRACE'])", "its trace is damaged"],
  ])("when it %s", async (_, code, why) => {
    expect(await holdsAfter(rig, { tree: step(code), edit: {} })).toEqual(
      typeof why === "string" ? `opaque: ${why}` : why,
    );
  });

  it("when it loads a native module of its own, whatever its name", async () => {
    const code = `import importlib.util as u, os, shutil, sys
d = os.environ['VH_OUTPUTS_DIR'] + '/own'
os.makedirs(d + '/numpy')
open(d + '/numpy/__init__.py', 'w').close()
shutil.copy(u.find_spec('_queue').origin, d + '/numpy')
sys.path.insert(0, d)
import numpy._queue`;
    const why = "opaque: it loads numpy._queue, native code that can look for files by itself";
    expect(await holdsAfter(rig, { tree: step(code), edit: {} })).toBe(why);
  });

  it.each<[string, readonly string[], string]>([
    [
      "a pipeline",
      ["python step.py | cat"],
      "only Python programs can be watched without strace in a sandbox, and this is more: python step.py | cat",
    ],
    [
      "a variable",
      ["python step.py $X"],
      "only Python programs can be watched without strace in a sandbox, and this is more: python step.py $X",
    ],
    [
      "a wildcard",
      ["python step.py data/*"],
      "only Python programs can be watched without strace in a sandbox, and this is more: python step.py data/*",
    ],
    [
      "another program",
      ["python step.py", "cat data/a.csv"],
      "only Python programs can be watched without strace in a sandbox, and this is more: cat data/a.csv",
    ],
    [
      "no site",
      ["python -S step.py"],
      "only Python programs can be watched without strace in a sandbox, and this is more: python -S step.py",
    ],
    [
      "an isolated Python",
      ["python -I step.py"],
      "only Python programs can be watched without strace in a sandbox, and this is more: python -I step.py",
    ],
    [
      "a Python of the repository",
      ["./python step.py"],
      "only Python programs can be watched without strace in a sandbox, and this is more: ./python step.py",
    ],
    [
      "an unknown Python",
      ["python3.99 step.py"],
      "the program python3.99 is not a Python of this machine, but a script or something unknown",
    ],
  ])("with %s", async (_, command, why) => {
    const observed = await rig.commit(step("pass")).then((commit) => rig.run(commit, command));
    expect(observed.observed).toMatchObject({ kind: "opaque", why });
  });

  it.each([
    ["LD_PRELOAD", "x.so", "the variable LD_PRELOAD has files read before anything can be watched"],
    ["BASH_ENV", "env.sh", "the variable BASH_ENV has files read before anything can be watched"],
    ["LD_LIBRARY_PATH", "lib", "the variable LD_LIBRARY_PATH has programs look for files in the repository"],
  ])("with the variable %s", async (name, value, why) => {
    expect(await holdsAfter(rig, { tree: step("pass"), edit: {}, environment: { [name]: value } })).toBe(
      `opaque: ${why}`,
    );
  });
});
