import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { holdsAfter, pythonStep as step } from "./fixtures/holds-after.ts";
import { openStepRig, PYTHON, type StepRig, type Tree } from "./fixtures/step-rig.ts";

let rig: StepRig;
beforeAll(async () => {
  rig = await openStepRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

describe("a Python step holds", () => {
  it.each<[string, string, Tree]>([
    ["when the README is edited", "import lib.used", { "README.md": "other" }],
    ["when an unused file is added", "import lib.used", { "lib/unused.py": "", "notes.txt": "" }],
    ["when an unused folder is added", "import lib.used", { "new/deep/x": "" }],
    ["when an unused file is removed", "import lib.used", { "data/a.csv": null }],
    ["when another file of a folder changes", "print(open('data/a.csv').read())", { "data/b.csv": "3" }],
    ["when a listed file changes but was only listed", "import glob; glob.glob('data/*.csv')", { "data/a.csv": "3" }],
    ["when a file is added where others were read", "open('data/a.csv')", { "data/c.csv": "3" }],
    [
      "when what it wrote itself is read again",
      "open('made.txt', 'w').write('x'); print(open('made.txt').read())",
      { "README.md": "other" },
    ],
    [
      "with folders of its own in the repository",
      "import os, shutil; os.makedirs('out/deep', exist_ok=True); open('out/deep/x', 'w'); shutil.rmtree('out')",
      { "README.md": "other" },
    ],
    [
      "with threads and forks",
      "import os, threading\nt = threading.Thread(target=lambda: open('data/a.csv')); t.start(); t.join()\npid = os.fork()\nif pid == 0: import lib.used; os._exit(0)\nos.waitpid(pid, 0)",
      { "README.md": "other" },
    ],
    ["with a harmless program", "import platform; platform.processor()", { "README.md": "other" }],
    [
      "with processes of its own",
      "import multiprocessing as m\ndef f(x): import lib.used; return x\nif __name__ == '__main__':\n  with m.get_context('spawn').Pool(1) as p: p.map(f, [1])",
      { "README.md": "other" },
    ],
    [
      "with another Python that is watched",
      "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import lib.used'], check=True)",
      { "README.md": "other" },
    ],
  ])("%s", async (_, code, edit) => {
    expect(await holdsAfter(rig, { tree: step(code), edit })).toBe("holds");
  });

  it.each<[string, readonly string[]]>([
    ["two commands", ["python step.py --a 'b c'", 'python3 -u step.py "x y"']],
    ["a module", ["python -m lib.used"]],
    ["a text", ["python -c 'import lib.used'"]],
    ["a blank line", ["python step.py", ""]],
  ])("with %s", async (_, command) => {
    expect(await holdsAfter(rig, { tree: step("import lib.used"), edit: { "README.md": "other" }, command })).toBe(
      "holds",
    );
  });

  it("with packages of pure Python outside of the repository", async () => {
    expect(PYTHON).toMatch(/python3/);
    const code =
      "import email, http.client, json, logging.config, unittest, xml.dom.minidom, zipfile, concurrent.futures, sqlite3";
    expect(await holdsAfter(rig, { tree: step(code), edit: { "README.md": "other", "unused.py": "" } })).toBe("holds");
  });
});

describe("a Python step runs again", () => {
  it.each<[string, string, Tree, string]>([
    ["a changed script", "pass", { "step.py": "pass # other\n" }, "changed step.py"],
    ["a changed module", "import lib.used", { "lib/used.py": "X = 2\n" }, "changed lib/used.py"],
    ["a changed package", "import lib.used", { "lib/__init__.py": "# other\n" }, "changed lib/__init__.py"],
    ["a removed module", "import lib.used", { "lib/used.py": null }, "removed lib/used.py"],
    ["a module in front of one of Python's own", "import json", { "json.py": "" }, "appeared json.py"],
    [
      "a package in front of a module",
      "import lib.used",
      { "lib/used/__init__.py": "" },
      "appeared lib/used/, appeared lib/used/__init__.py",
    ],
    [
      "an optional module that appears",
      "try: import extra\nexcept ImportError: pass",
      { "extra.py": "" },
      "appeared extra.py",
    ],
    [
      "a namespace package that appears",
      "try: import extra\nexcept ImportError: pass",
      { "extra/x.py": "" },
      "appeared extra/",
    ],
    ["find_spec", "import importlib.util; importlib.util.find_spec('extra')", { "extra.py": "" }, "appeared extra.py"],
    [
      "a package that is asked for",
      "import importlib.metadata as m\ntry: m.version('extra')\nexcept m.PackageNotFoundError: pass",
      { "extra-1.0.dist-info/METADATA": "" },
      "appeared extra-1.0.dist-info/",
    ],
    [
      "a name that means something to JavaScript",
      "open('__proto__').read()",
      { ["__proto__"]: "other" },
      "changed __proto__",
    ],
    ["os.path.exists", "import os; os.path.exists('flag')", { flag: "" }, "appeared flag"],
    ["os.path.isdir", "import os; os.path.isdir('cache')", { "cache/x": "" }, "appeared cache"],
    ["os.access", "import os; os.access('flag', os.R_OK)", { flag: "" }, "appeared flag"],
    [
      "pathlib",
      "import pathlib; (pathlib.Path('conf') / 'local.yaml').exists()",
      { "conf/local.yaml": "" },
      "appeared conf/local.yaml",
    ],
    [
      "open in try",
      "try: open('conf.json')\nexcept FileNotFoundError: pass",
      { "conf.json": "" },
      "appeared conf.json",
    ],
    [
      "os.open in a folder",
      "import os\nd = os.open('lib', os.O_RDONLY)\ntry: os.open('extra', os.O_RDONLY, dir_fd=d)\nexcept OSError: pass",
      { "lib/extra": "" },
      "listing lib, appeared lib/extra",
    ],
    [
      "os.stat in a folder",
      "import os\nd = os.open('lib', os.O_PATH)\ntry: os.stat('extra', dir_fd=d)\nexcept OSError: pass",
      { "lib/extra": "" },
      "listing lib, appeared lib/extra",
    ],
    ["a path in bytes", "import os; os.path.exists(b'flag')", { flag: "" }, "appeared flag"],
    ["a path with dots", "import os; os.path.exists('./lib/../flag')", { flag: "" }, "appeared flag"],
    ["a path by way of outside", "import os; os.path.exists('../repository/flag')", { flag: "" }, "appeared flag"],
    [
      "a path from another folder",
      "import os; os.chdir('lib'); os.path.exists('../flag')",
      { flag: "" },
      "appeared flag",
    ],
    [
      "an absolute path",
      "import os; os.path.exists(os.path.dirname(os.path.abspath(__file__)) + '//flag')",
      { flag: "" },
      "appeared flag",
    ],
    ["os.mkdir that succeeded", "import os; os.mkdir('out')", { "out/x": "" }, "appeared out"],
    ["os.readlink", "import os\ntry: os.readlink('flag')\nexcept OSError: pass", { flag: "" }, "appeared flag"],
    ["glob", "import glob; glob.glob('data/*.csv')", { "data/c.csv": "" }, "listing data"],
    ["rglob", "import pathlib; list(pathlib.Path('.').rglob('*.csv'))", { "data/deep/c.csv": "" }, "listing data"],
    ["os.listdir", "import os; os.listdir('data')", { "data/a.csv": null }, "listing data"],
    [
      "os.listdir of the current folder",
      "import os; os.chdir('data'); os.listdir()",
      { "data/a.csv": null },
      "listing data",
    ],
    ["os.walk", "import os; list(os.walk('.'))", { "data/deep/x": "" }, "listing data"],
    [
      "sizes of listed files",
      "import os; [entry.stat().st_size for entry in os.scandir('data')]",
      { "data/a.csv": "123\n" },
      "changed data/a.csv",
    ],
    [
      "os.stat, for a size alone",
      "import os; os.stat('data/a.csv').st_size",
      { "data/a.csv": "123\n" },
      "changed data/a.csv",
    ],
    ["os.path.getsize", "import os; os.path.getsize('data/a.csv')", { "data/a.csv": "123\n" }, "changed data/a.csv"],
    ["a file in the place of a folder", "import os; os.path.isdir('data')", { data: "file" }, "changed data"],
    [
      "mmap",
      "import mmap; f = open('data/a.csv', 'rb'); mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)[:]",
      { "data/a.csv": "3\n" },
      "changed data/a.csv",
    ],
    [
      "O_NOATIME",
      "import os; os.read(os.open('data/a.csv', os.O_RDONLY | os.O_NOATIME), 9)",
      { "data/a.csv": "3\n" },
      "changed data/a.csv",
    ],
    [
      "a read whose traces were wiped",
      "import os; open('data/a.csv').read(); os.utime('data/a.csv', (946684800, 946684800))",
      { "data/a.csv": "3\n" },
      "changed data/a.csv",
    ],
    [
      "a read of what was overwritten then",
      "open('data/a.csv').read(); open('data/a.csv', 'w').write('x')",
      { "data/a.csv": "3\n" },
      "changed data/a.csv",
    ],
    [
      "a read of what was removed then",
      "import os; open('data/a.csv').read(); os.remove('data/a.csv')",
      { "data/a.csv": "3\n" },
      "changed data/a.csv",
    ],
    [
      "a folder in sys.path",
      "import sys; sys.path.insert(0, 'plugins')\ntry: import extra\nexcept ImportError: pass",
      { "plugins/extra.py": "" },
      "appeared plugins",
    ],
    [
      "a fork that read",
      "import os\npid = os.fork()\nif pid == 0: open('data/a.csv').read(); os._exit(0)\nos.waitpid(pid, 0)",
      { "data/a.csv": "3\n" },
      "changed data/a.csv",
    ],
    [
      "a spawned process that looked",
      "import multiprocessing as m, os\ndef f(x): return os.path.exists('flag')\nif __name__ == '__main__':\n  with m.get_context('spawn').Pool(1) as p: p.map(f, [1])",
      { flag: "" },
      "appeared flag",
    ],
    [
      "a child Python that looked",
      "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import os; os.path.exists(\"flag\")'])",
      { flag: "" },
      "appeared flag",
    ],
    [
      "a crash just after a look",
      "import os\npid = os.fork()\nif pid == 0: os.path.exists('flag'); os.kill(os.getpid(), 9)\nos.waitpid(pid, 0)",
      { flag: "" },
      "appeared flag",
    ],
    ["a name with odd letters", "import os; os.path.exists('a\\nb\\\\c é')", { "a\nb\\c é": "" }, "appeared a\nb\\c é"],
    [
      "certificates",
      "import ssl\ntry: ssl.create_default_context(cafile='ca.pem')\nexcept OSError: pass",
      { "ca.pem": "" },
      "appeared ca.pem",
    ],
    [
      "a socket",
      "import socket\ntry: socket.socket(socket.AF_UNIX).connect('s')\nexcept OSError: pass",
      { s: "" },
      "appeared s",
    ],
    ["a socket's own name", "import socket; socket.socket(socket.AF_UNIX).bind('s')", { s: "" }, "appeared s"],
    [
      "a message to a socket",
      "import socket\ntry: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', 's')\nexcept OSError: pass",
      { s: "" },
      "appeared s",
    ],
    [
      "a message in parts to a socket",
      "import socket\ntry: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, b's')\nexcept OSError: pass",
      { s: "" },
      "appeared s",
    ],
    [
      "a certificate that is decoded",
      "import ssl\ntry: ssl._ssl._test_decode_cert('ca.pem')\nexcept OSError: pass",
      { "ca.pem": "" },
      "appeared ca.pem",
    ],
    [
      "the folder in which a child starts",
      "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], cwd=b'data')",
      { "data/a.csv": null, "data/b.csv": null, data: "file" },
      "changed data",
    ],
    [
      "a look while another was being noted",
      "import os\nclass P:\n  def __fspath__(self): os.path.exists('flag'); return 'other'\nos.path.exists(P())",
      { flag: "" },
      "appeared flag",
    ],
    [
      "functions taken before",
      "from os import stat\nclass K:\n  look = stat\ntry: K().look('flag')\nexcept FileNotFoundError: pass",
      { flag: "" },
      "appeared flag",
    ],
  ])("after %s", async (_, code, edit, differences) => {
    expect(await holdsAfter(rig, { tree: step(code), edit })).toBe(differences);
  });

  it.each<[string, string, Tree, string]>([
    ["a link's target", "open('link').read()", { "data/a.csv": "3\n" }, "changed data/a.csv"],
    ["a link itself", "open('link').read()", { link: { link: "data/b.csv" } }, "changed link"],
    [
      "what appears behind a link",
      "import os; os.path.exists('folder/flag')",
      { "data/flag": "" },
      "appeared data/flag",
    ],
    ["a link that was broken", "import os; os.path.exists('broken')", { nowhere: "" }, "appeared nowhere"],
    ["a link that was asked for", "import os; os.path.islink('link')", { link: "a file" }, "changed link"],
    [
      "a link to the folder in which a child starts",
      "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], cwd='folder')",
      { folder: { link: "lib" } },
      "changed folder",
    ],
    ["a link that was listed", "import os; os.listdir('.')", { nowhere: "" }, "listing ., appeared nowhere"],
  ])("after a change of %s", async (_, code, edit, differences) => {
    const links = { link: { link: "data/a.csv" }, folder: { link: "data" }, broken: { link: "nowhere" } };
    expect(await holdsAfter(rig, { tree: { ...step(code), ...links }, edit })).toBe(differences);
  });

  it("after a change of what pyenv looks for", async () => {
    const shims = join(rig.folder, "shims");
    mkdirSync(shims);
    writeFileSync(join(rig.folder, "pyenv"), `#!/bin/sh\nshift 2\nexec ${PYTHON} "$@"\n`, { mode: 0o755 });
    const shim = `#!/usr/bin/env bash\nset -e\nprogram="\${0##*/}"\nexport PYENV_ROOT="${rig.folder}"\nexec "${rig.folder}/pyenv" exec "$program" "$@"\n`;
    writeFileSync(join(shims, "python"), shim, { mode: 0o755 });
    const environment = { PATH: `${shims}:/usr/bin:/bin` };
    expect(await holdsAfter(rig, { tree: step("import lib.used"), edit: { "README.md": "other" }, environment })).toBe(
      "holds",
    );
    const edit = { ".python-version": "3.12\n" };
    expect(await holdsAfter(rig, { tree: step("import lib.used"), edit, environment })).toBe(
      "appeared .python-version",
    );
  });

  it("after a change of what PYTHONPATH leads to", async () => {
    const environment = { PYTHONPATH: "lib:plugins" };
    const tree = step("import used\ntry: import extra\nexcept ImportError: pass");
    expect(await holdsAfter(rig, { tree, edit: { "lib/used.py": "X = 2\n" }, environment })).toMatch(
      /changed lib\/used\.py$/,
    );
    expect(await holdsAfter(rig, { tree, edit: { "plugins/extra.py": "" }, environment })).toBe("appeared plugins");
  });
});
