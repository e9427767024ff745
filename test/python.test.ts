import { execFileSync } from "node:child_process";
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandResult, ProjectRig } from "./rig.ts";

const home = mkdtempSync(join(tmpdir(), "headrace-python-home-"));
const cache = join(home, "cache");
const environments = join(cache, "headrace/python");
beforeAll(() => mkdirSync(cache));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Nothing is asked of an index, and pip builds: uv need not be on the machine that runs the tests. */
const OFFLINE = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: home, XDG_CACHE_HOME: cache, PIP_NO_INDEX: "1" };

const run = async (rig: ProjectRig, cwd: string, ...args: readonly string[]): Promise<CommandResult> =>
  await rig.startIn(cwd, OFFLINE, ...args).result;
const logOf = async (rig: ProjectRig, cwd = rig.root): Promise<string> =>
  (await run(rig, cwd, "logs", "latest")).stdout;

/** A wheel with one module whose `VALUE` is that. */
function makeWheel(folder: string, name: string, value: string): void {
  const script = `import sys, zipfile
path, name, value = sys.argv[1:]
info = f"{name}-1.0.dist-info"
with zipfile.ZipFile(path, "w") as z:
    z.writestr(zipfile.ZipInfo(f"{name}.py"), f"VALUE = {value!r}\\n")
    z.writestr(zipfile.ZipInfo(f"{info}/METADATA"), f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n")
    z.writestr(zipfile.ZipInfo(f"{info}/WHEEL"), "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    z.writestr(zipfile.ZipInfo(f"{info}/RECORD"), "")`;
  mkdirSync(folder, { recursive: true });
  execFileSync("/usr/bin/python3", ["-c", script, join(folder, `${name}-1.0-py3-none-any.whl`), name, value]);
}

/** Builds a wheel of the folder `pkg` without anything from elsewhere, after running some code of its own. */
const backend = (code: string): string => `import os, zipfile
${code}
def build_wheel(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(os.path.join(folder, "pkg-1-py3-none-any.whl"), "w") as z:
        for place, _, files in os.walk("pkg"):
            for name in files:
                z.write(os.path.join(place, name))
        z.writestr("pkg-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: pkg\\nVersion: 1\\n")
        z.writestr("pkg-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        z.writestr("pkg-1.dist-info/RECORD", "")
    return "pkg-1-py3-none-any.whl"
`;
const PYPROJECT =
  '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "pkg"\nversion = "1"\n';

const step = (python: string, command: string): string =>
  `- step:\n    name: s\n    image: ""\n    environment: local\n    python: ${python}\n    command:\n      - ${command}\n`;
const PRINT_TINY = `python -c 'import tiny, sys; print(tiny.VALUE, sys.prefix)'`;

describe("a Python environment", () => {
  test("is one for all projects that ask for the same, wherever they lie, and goes with a project that moves", async () => {
    await using rig = new ProjectRig({});
    const places = ["one", "two: $x 'y' ü"].map((name) => join(rig.root, name));
    for (const place of places) {
      makeWheel(place, "tiny", "same");
      writeFileSync(join(place, "valohai.yaml"), step("{packages: [./tiny-1.0-py3-none-any.whl]}", PRINT_TINY));
    }
    const [one = "", two = ""] = places;
    expect((await run(rig, one, "run", "s")).stdout).toContain("Building a Python");
    const second = await run(rig, two, "run", "s");
    expect([second.code, second.stdout.includes("Building")]).toEqual([0, false]);
    expect(await logOf(rig, two)).toBe(await logOf(rig, one));
    renameSync(one, `${one}-moved`);
    expect((await run(rig, `${one}-moved`, "run", "s", "--fresh")).code).toBe(0);
    expect(await logOf(rig, `${one}-moved`)).toBe(await logOf(rig, two));
  });

  test("is made anew when what it is installed from changes, or when somebody says so", async () => {
    await using rig = new ProjectRig({
      "r.txt": "--no-index -f wheels\ntiny\n",
      "valohai.yaml": step("{requirements: r.txt}", PRINT_TINY),
    });
    const values: string[] = [];
    for (const value of ["1", "2"]) {
      makeWheel(join(rig.root, "wheels"), "tiny", value);
      expect((await run(rig, rig.root, "run", "s")).code).toBe(0);
      values.push(await logOf(rig));
    }
    expect(values.map((line) => line.split(" ")[0])).toEqual(["1", "2"]);
    expect((await run(rig, rig.root, "environments", "--rebuild-python")).stdout).toBe(
      "✓ Python environments of this project will be built anew, each when a step next needs it\n  `headrace run STEP --fresh` runs a step in one, whatever an earlier result says\n",
    );
    expect((await run(rig, rig.root, "run", "s", "--fresh")).stdout).toContain("Building a Python");
    expect((await logOf(rig)) === values[1]).toBe(false);
  });

  test("holds what links of a local package lead to, and folders called build within it", async () => {
    const command = `python -c 'from pkg import shared; from pkg.build import x; print(shared.VALUE, x.VALUE)'`;
    await using rig = new ProjectRig({
      "valohai.yaml": step("{packages: [./local]}", command),
      "local/pyproject.toml": PYPROJECT,
      "local/backend.py": backend(""),
      "local/pkg/__init__.py": "",
      "local/pkg/build/__init__.py": "",
      "local/pkg/build/x.py": "VALUE = 'built'",
      "common/shared.py": "VALUE = 1",
    });
    symlinkSync("../../common/shared.py", join(rig.root, "local/pkg/shared.py"));
    expect((await run(rig, rig.root, "run", "s")).code).toBe(0);
    expect(await logOf(rig)).toBe("1 built\n");
    rig.write("common/shared.py", "VALUE = 2");
    expect((await run(rig, rig.root, "run", "s")).code).toBe(0);
    expect(await logOf(rig)).toBe("2 built\n");
  });

  test("gets nothing from the caches of steps, nor from what packages of others left while they were built", async () => {
    const plant = `for place in (os.path.expanduser("~/.cache"), os.environ["XDG_CACHE_HOME"]):
    for name in ("pip/wheels/planted", "uv/planted", "headrace/python/planted"):
        try:
            os.makedirs(os.path.join(place, name))
        except OSError:
            pass`;
    await using rig = new ProjectRig({
      "valohai.yaml": step("{packages: [./local]}", `python plant.py`),
      "plant.py": `import os\n${plant}\n`,
      "local/pyproject.toml": PYPROJECT,
      "local/backend.py": backend(plant),
      "local/pkg/__init__.py": "",
    });
    expect((await run(rig, rig.root, "run", "s")).code).toBe(0);
    expect(globSync("**/planted", { cwd: environments })).toEqual([]);
    expect(readdirSync(environments).filter((name) => name.startsWith(".building"))).toEqual([]);
  });

  test("that cannot be built says why, where in whose file, and everything in its log", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": step("{requirements: r.txt}", "'true'"),
      "r.txt": "# what we need\n-rmore.txt\n",
      "more.txt": "\nnot a requirement!!\n",
    });
    const failed = await run(rig, rig.root, "run", "s");
    expect(failed.code).toBe(1);
    expect(failed.stdout + failed.stderr).toContain("Invalid requirement: 'not a requirement!!' (from more.txt:2)");
    expect(await logOf(rig)).toContain("ERROR: Invalid requirement");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: pip's way to name a variable.
    rig.write("more.txt", "--index-url https://${WHO}:${SECRET_OF_MINE}@127.0.0.1:1/simple\ntiny\n");
    const unknown = await run(rig, rig.root, "run", "s");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the same in the message.
    expect(unknown.stdout + unknown.stderr).toContain("more.txt:1: the variable ${WHO} has no value");
    const environment = {
      ...OFFLINE,
      HEADRACE_BUILD_VARIABLES: "WHO,SECRET_OF_MINE",
      WHO: "somebody",
      SECRET_OF_MINE: "s3cret-token",
    };
    const secret = await rig.startIn(rig.root, environment, "run", "s").result;
    expect(secret.code).toBe(1);
    const kept = [
      ...globSync(join(environments, "**"), { withFileTypes: true }).filter(
        (entry) => entry.isFile() && entry.name.endsWith(".log"),
      ),
      ...globSync(join(rig.root, ".headrace/executions/**"), { withFileTypes: true }).filter((entry) => entry.isFile()),
    ].map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
    expect(kept.length).toBeGreaterThan(2);
    expect(
      [secret.stdout, secret.stderr, await logOf(rig), ...kept].filter((text) => text.includes("s3cret-token")),
    ).toEqual([]);
  });

  test("is made from a Python that prints at its start, too", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": step("{packages: []}", "python -c 'print(1)'") });
    mkdirSync(join(home, "bin"));
    writeFileSync(join(home, "bin/python3"), '#!/bin/sh\necho "Loading module"\nexec /usr/bin/python3 "$@"\n', {
      mode: 0o755,
    });
    const result = await rig.startIn(rig.root, { ...OFFLINE, PATH: `${join(home, "bin")}:${OFFLINE.PATH}` }, "run", "s")
      .result;
    expect([result.code, await logOf(rig)]).toEqual([0, "1\n"]);
    const doctor = await rig.startIn(rig.root, { ...OFFLINE, PATH: `${join(home, "bin")}:${OFFLINE.PATH}` }, "doctor")
      .result;
    expect(doctor.stdout).toMatch(/python +Python 3\.\d+\.\d+, environments by/);
  });
});
