import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ProjectRig } from "./rig.ts";

const COMMAND = fileURLToPath(new URL(`../${process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts"}`, import.meta.url));

const PYTHON_MODULES = [
  "json",
  "sysconfig",
  "re",
  "subprocess",
  "venv",
  "ensurepip",
  "sitecustomize",
  "usercustomize",
  "site",
  "py_compile",
];
const PROGRAMS = [
  "git",
  "python3",
  "python",
  "uv",
  "sync",
  "bwrap",
  "unshare",
  "setsid",
  "bash",
  "sh",
  "cat",
  "mkfifo",
  "ps",
  "sbatch",
  "docker",
  "own-pager",
  "stty",
  "xdg-open",
];
const PTY = "import pty, sys; pty.spawn(sys.argv[1:])";
const YAML = `
- step:
    name: plain
    image: ""
    command: /usr/bin/true
- step:
    name: packages
    image: ""
    python: { packages: [] }
    command: /usr/bin/true
- step:
    name: own-python
    image: ""
    command: /proc/self/cwd/evil/python3 main.py
`;

/**
 * A project full of what programs take from the folder in which they start. Each leaves a witness, outside of every
 * sandbox's reach.
 */
async function decoyProject(witnesses: string): Promise<ProjectRig> {
  const rig = new ProjectRig({ "valohai.yaml": YAML, "main.py": "print('step')\n" });
  const leave = (name: string) => join(witnesses, name);
  for (const name of PYTHON_MODULES) rig.write(`${name}.py`, `open(${JSON.stringify(leave(name))}, "w")\n`);
  for (const name of PROGRAMS) {
    rig.write(name, `#!/bin/sh\n: >${leave(`program-${name}`)}\n`);
    chmodSync(join(rig.root, name), 0o755);
  }
  rig.write("pyvenv.cfg", "home = /nowhere\n");
  rig.write(".python-version", "0.0.0\n");
  rig.write("uv.toml", 'index-url = "http://127.0.0.1:1/"\n');
  rig.write("pyproject.toml", '[tool.uv]\nrequired-version = "==0.0.1"\n');
  rig.write("pip.conf", "[global]\nindex-url = http://127.0.0.1:1/\n");
  rig.write(".gitattributes", "* filter=evil diff=evil\n");
  const git = (...args: readonly string[]) =>
    execFileSync("/usr/bin/git", [...args], { cwd: rig.root, stdio: "ignore" });
  git("init", "--quiet");
  for (const name of ["fsmonitor", "textconv"]) {
    rig.write(`.git/${name}`, `#!/bin/sh\n: >${leave(`git-${name}`)}\n`);
    chmodSync(join(rig.root, `.git/${name}`), 0o755);
  }
  mkdirSync(join(rig.root, ".git/hooks"), { recursive: true });
  cpSync(join(rig.root, ".git/textconv"), join(rig.root, ".git/hooks/post-index-change"));
  git("config", "core.fsmonitor", ".git/fsmonitor");
  git("config", "core.pager", ".git/textconv");
  for (const key of [
    "filter.evil.clean",
    "filter.evil.smudge",
    "filter.evil.process",
    "diff.evil.textconv",
    "diff.evil.command",
  ])
    git("config", key, ".git/textconv");
  mkdirSync(join(rig.root, "evil"));
  // A program in machine code that is called like a Python.
  cpSync("/usr/bin/touch", join(rig.root, "evil/python3"));
  chmodSync(join(rig.root, "evil/python3"), 0o755);
  return rig;
}

test("no program that Headrace starts takes anything from the project's folder", async () => {
  const witnesses = mkdtempSync(join(tmpdir(), "headrace-witnesses-"));
  try {
    await using rig = await decoyProject(witnesses);
    const environment = {
      // The current folder first, in both spellings; then the machine's own.
      PATH: `:.:/usr/local/bin:/usr/bin:/bin`,
      HOME: witnesses,
      XDG_CACHE_HOME: join(witnesses, ".cache"),
      // Nobody presses a key here for one that the machine has.
      PAGER: "own-pager",
    };
    const run = async (...args: readonly string[]) => await rig.startIn(rig.root, environment, ...args).result;
    const doctor = await run("doctor");
    expect(doctor.stdout).toContain("environments by venv and pip");
    await run("environments");
    for (const step of ["plain", "packages"]) expect(await run("run", step, "--fresh")).toMatchObject({ code: 0 });
    await run("run", "own-python");
    await run("lint");
    const onTerminal = (...args: readonly string[]): void => {
      const command = ["-I", "-c", PTY, process.execPath, COMMAND, ...args];
      execFileSync("/usr/bin/python3", command, {
        cwd: rig.root,
        env: environment,
        stdio: ["ignore", "pipe", "ignore"],
      });
    };
    onTerminal("docs", "security");
    onTerminal("run", "plain", "--interactive");
    expect(readdirSync(witnesses).filter((name) => name !== ".cache" && name !== ".local")).toEqual([]);
    // For each Python that was run to compile the module which watches steps, a file is left that names it.
    const compiled = globSync(join(rig.root, ".headrace/cache/python-trace/*/compiled-*"));
    expect(compiled.map((file) => readFileSync(file, "utf8")).filter((path) => path.includes("evil"))).toEqual([]);
  } finally {
    rmSync(witnesses, { recursive: true, force: true });
  }
});
