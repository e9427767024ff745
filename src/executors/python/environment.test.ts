import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MachineFacts } from "../../machine/index.ts";
import type { Executor, JobSpec } from "../executor.ts";
import { openLocalExecutor } from "../local/local-executor.ts";
import type { SandboxChoice } from "../local/sandbox/detect.ts";
import { buildVariables } from "./build-variables.ts";
import { ensurePythonEnvironment } from "./environment.ts";
import { environmentHash } from "./environment-hash.ts";
import { environmentPlace } from "./environment-place.ts";
import { readRequirements } from "./requirements.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "headrace-python-")));
const stateFolder = join(root, ".headrace");
const repository = join(root, "repository");
const environment = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: join(root, "home"), PIP_NO_INDEX: "1" };
const environments = join(environment.HOME, ".cache/headrace/python");

beforeAll(() => {
  for (const folder of [stateFolder, repository, environments]) mkdirSync(folder, { recursive: true });
  makeWheel(repository, "tiny", "1.0", "GREETING = 'hello'");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The smallest wheel that pip takes: one module and three files about it. */
function makeWheel(folder: string, name: string, version: string, code: string): string {
  const file = `${name}-${version}-py3-none-any.whl`;
  const script = `import sys, zipfile
path, name, version, code = sys.argv[1:]
info = f"{name}-{version}.dist-info"
with zipfile.ZipFile(path, "w") as z:
    z.writestr(f"{name}.py", code + "\\n")
    z.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    z.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    z.writestr(f"{info}/RECORD", "")`;
  execFileSync("/usr/bin/python3", ["-c", script, join(folder, file), name, version, code]);
  return file;
}

function ensure(
  python: NonNullable<JobSpec["python"]>,
  more: { readonly signal?: AbortSignal; readonly report?: (detail: string) => void } = {},
) {
  return ensurePythonEnvironment({
    folder: environments,
    stateFolder,
    repository,
    python,
    passedOn: environment,
    base: environment,
    step: {},
    machine: new MachineFacts(),
    report: () => undefined,
    signal: new AbortController().signal,
    ...more,
  });
}

function job(executionId: string, python: JobSpec["python"], command: readonly string[]): JobSpec {
  const folder = join(stateFolder, "executions", executionId);
  mkdirSync(join(folder, "valohai"), { recursive: true });
  execFileSync("cp", ["-r", repository, join(folder, "valohai/repository")]);
  return {
    executionId,
    folder,
    command,
    image: "",
    environment: { PYTHONHOME: "/nowhere" },
    ...(python === undefined ? {} : { python }),
  };
}

const HOSTILE_BACKEND = `import os, sys, zipfile
def tried(path):
    try:
        open(path, "w").close()
        return True
    except OSError:
        return False
def build_wheel(folder, config_settings=None, metadata_directory=None):
    home, state = os.environ["HOME"], ${JSON.stringify(stateFolder)}
    keys = os.listdir(home + "/.ssh") if os.path.isdir(home + "/.ssh") else []
    tried(home + "/pwned")
    seen = [keys, sorted(os.listdir(state))]
    for name in os.listdir("/.headrace/environments"):
        try:
            os.symlink(home + "/pwned", "/.headrace/environments/" + name + "/.headrace-complete")
        except OSError:
            pass  # It is there already, or the environment cannot be written to while versions are chosen.
    with zipfile.ZipFile(os.path.join(folder, "evil-1-py3-none-any.whl"), "w") as z:
        z.writestr("evil.py", "SEEN = " + repr(seen))
        z.writestr("evil-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: evil\\nVersion: 1\\n")
        z.writestr("evil-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        z.writestr("evil-1.dist-info/RECORD", "")
    return "evil-1-py3-none-any.whl"
`;

describe("a step with a Python environment", () => {
  test("is built once for two that ask at a time, and used in every sandbox", { timeout: 120_000 }, async () => {
    const python = { packages: ["./tiny-1.0-py3-none-any.whl"] };
    const reports: string[][] = [[], []];
    const [first, second] = await Promise.all(
      reports.map((lines) => ensure(python, { report: (line) => lines.push(line) })),
    );
    expect(second).toEqual(first);
    const version = execFileSync(
      "/usr/bin/python3",
      ["-c", "import platform; print(platform.python_version(), end='')"],
      {
        encoding: "utf8",
      },
    );
    expect(first).toEqual({ hash: expect.stringMatching(/^[0-9a-f]{64}$/), version });
    // The order of the two builds is theirs to settle.
    const [building, waiting] = reports.toSorted((a, b) => b.length - a.length);
    expect(building).toEqual([
      `Building a Python ${version} environment with pip`,
      "Processing ./0/tiny-1.0-py3-none-any.whl",
      "Installing 1 package",
      expect.stringMatching(/^Compiling [\d,]+ files$/),
    ]);
    expect(waiting).toEqual(["Waiting for another run that builds the same Python environment"]);
    const id = (first?.hash ?? "").slice(0, 32);
    expect(readdirSync(environments).sort()).toEqual([id, `${id}.log`]);
    for (const sandbox of ["bubblewrap", "unshare", "off"] as const) await useIn(sandbox, version, python);
  });

  async function useIn(sandbox: SandboxChoice, version: string, python: NonNullable<JobSpec["python"]>): Promise<void> {
    const executor: Executor = await openLocalExecutor({
      stateFolder,
      projectRoot: root,
      sandbox,
      baseEnvironment: environment,
    });
    const spec = job(sandbox, python, [
      "python -c 'import tiny, sys; print(tiny.GREETING, sys.prefix)'",
      'echo "$VIRTUAL_ENV"',
      ...(sandbox === "off" ? [] : ['touch "$VIRTUAL_ENV/x" || true']),
    ]);
    const preparation = await executor.prepare(spec, () => undefined, new AbortController().signal);
    const hash = preparation.facts.pythonEnvironment ?? "";
    expect(preparation.facts).toMatchObject({ sandbox: sandbox === "off" ? "none" : sandbox, pythonVersion: version });
    const { path: place, source } = environmentPlace(environments, hash, sandbox !== "off");
    expect(place.startsWith(sandbox === "off" ? environments : "/.headrace/environments/")).toBe(true);
    const end = await (await executor.start(spec, preparation)).ended;
    expect(end).toEqual({ kind: "exited", exitCode: 0 });
    expect(readFileSync(join(spec.folder, "logs/stdout"), "utf8")).toBe(`hello ${place}\n${place}\n`);
    // If a step may write there at all, it does so into a layer of its own.
    expect(existsSync(join(source, "x"))).toBe(false);
    await executor[Symbol.asyncDispose]();
  }

  test.each(["bubblewrap", "unshare"] as const)(
    "a package's own code runs in %s when it is built",
    { timeout: 120_000 },
    async (sandbox) => {
      const place = mkdtempSync(join(root, "hostile-"));
      mkdirSync(join(place, "repository/evil"), { recursive: true });
      mkdirSync(join(environment.HOME, ".ssh"), { recursive: true });
      writeFileSync(join(environment.HOME, ".ssh/key"), "secret");
      writeFileSync(
        join(place, "repository/evil/pyproject.toml"),
        `[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n# ${sandbox}\n[project]\nname = "evil"\nversion = "1"\n`,
      );
      writeFileSync(join(place, "repository/evil/backend.py"), HOSTILE_BACKEND);
      symlinkSync("backend.py", join(place, "repository/evil/link.py"));
      const executor = await openLocalExecutor({
        stateFolder,
        projectRoot: root,
        sandbox,
        baseEnvironment: environment,
      });
      const spec = job(`hostile-${sandbox}`, { packages: ["./evil"] }, ["python -c 'import evil; print(evil.SEEN)'"]);
      execFileSync("cp", ["-r", join(place, "repository/evil"), join(spec.folder, "valohai/repository/evil")]);
      const preparation = await executor.prepare(spec, () => undefined, new AbortController().signal);
      expect(await (await executor.start(spec, preparation)).ended).toEqual({ kind: "exited", exitCode: 0 });
      // It saw no keys and nothing of the state folder; what it wrote to its home stayed there.
      expect(readFileSync(join(spec.folder, "logs/stdout"), "utf8")).toBe("[[], []]\n");
      expect(existsSync(join(environment.HOME, "pwned"))).toBe(false);
      await executor[Symbol.asyncDispose]();
    },
  );

  test("a build that was cut off is done again, in place", async () => {
    const { hash } = await ensure({ packages: [] });
    const folder = environmentPlace(environments, hash, false).source;
    rmSync(join(folder, ".headrace-complete"));
    writeFileSync(join(folder, "half"), "");
    // The lock of a process that is no more: its number is taken, its start time differs.
    writeFileSync(`${folder}.lock.3`, JSON.stringify({ pid: process.pid, bootId: "another", startTime: "1" }));
    await ensure({ packages: [] });
    expect([existsSync(join(folder, "half")), existsSync(join(folder, ".headrace-complete"))]).toEqual([false, true]);
    expect(readdirSync(environments).filter((name) => name.includes(".lock"))).toEqual([]);
  });

  test("a failed build shows the installer's own error and where the rest is, and can be tried again", {
    timeout: 120_000,
  }, async () => {
    const python = { packages: ["no-such-package-of-anyone==1.2"] };
    const error = await ensure(python).catch((reason: unknown) => reason);
    const log = readdirSync(environments).filter((name) => name.endsWith(".log"));
    expect(error).toMatchObject({
      code: "HR_PYTHON_ENVIRONMENT",
      message: "the Python environment cannot be built: python -m pip install ended with status 1",
      hint: expect.stringMatching(
        /^check the names and versions, and the package index; the log of the step has the whole output, as has .*\.log$/,
      ),
      details: [
        "ERROR: Could not find a version that satisfies the requirement no-such-package-of-anyone==1.2 (from versions: none)",
        "ERROR: No matching distribution found for no-such-package-of-anyone==1.2",
      ],
    });
    expect(log.length).toBeGreaterThan(0);
    const controller = new AbortController();
    const stopped = ensure(python, {
      signal: controller.signal,
      report: () => controller.abort(new Error("stopped by the user")),
    });
    await expect(stopped).rejects.toThrow("stopped by the user");
  });

  test("the hash follows content, not places, comments or order", () => {
    const interpreter = { path: "/usr/bin/python3.11", version: "3.11.2", platform: "linux-x86_64" };
    const hashOf = (
      files: Readonly<Record<string, string>>,
      python: NonNullable<JobSpec["python"]>,
      by = interpreter,
    ): string => {
      const place = mkdtempSync(join(root, "hash-"));
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(place, name)), { recursive: true });
        writeFileSync(join(place, name), text);
      }
      const variables = buildVariables({ passedOn: {}, base: {}, step: {}, own: python.environment ?? {} });
      const requirements = readRequirements(place, python);
      return environmentHash({
        ...{ requirements, repository: place, interpreter: by, variables },
        builder: "uv",
        base: "/x",
        rebuilt: undefined,
      });
    };
    const base = hashOf({ "r.txt": "a==1\nb==2\n" }, { requirementsFile: "r.txt", packages: [] });
    expect(hashOf({ "other.txt": "# note\nb==2 # why\n\na==1" }, { requirementsFile: "other.txt", packages: [] })).toBe(
      base,
    );
    expect(hashOf({ "r.txt": "-r s.txt\na==1\n", "s.txt": "b==2" }, { requirementsFile: "r.txt", packages: [] })).toBe(
      base,
    );
    expect(hashOf({}, { packages: ["b==2", "a==1"] })).toBe(base);
    expect(hashOf({ "r.txt": "a==1\nb==3\n" }, { requirementsFile: "r.txt", packages: [] })).not.toBe(base);
    const local = (text: string) => hashOf({ "p.whl": text }, { packages: ["./p.whl"] });
    expect(local("one")).toBe(local("one"));
    const folder = (text: string, more = {}) => hashOf({ "pkg/a.py": text, ...more }, { packages: ["./pkg"] });
    expect(folder("one", { "pkg/__pycache__/a.pyc": "x", "pkg/build/lib/a.py": "y" })).toBe(folder("one"));
    expect(folder("one", { "pkg/b.py": "" })).not.toBe(folder("one"));
    const links = (): string =>
      hashOf({ "r.txt": "--find-links wheels\na", "wheels/x": "" }, { requirementsFile: "r.txt", packages: [] });
    expect(links()).toBe(links());
    expect(hashOf({}, { packages: ["b==2", "a==1"] }, { ...interpreter, version: "3.12.0" })).not.toBe(base);
    expect(local("one")).not.toBe(local("two"));
  });
});
