import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Executor, JobSpec } from "../executor.ts";
import { openLocalExecutor } from "../local/local-executor.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "headrace-downloads-")));
const stateFolder = join(root, ".headrace");
const served = join(root, "served");
const home = join(root, "home");
const downloads = join(home, ".cache/headrace/python/downloads");
const server = createServer((request, response) => {
  const path = join(served, new URL(request.url ?? "/", "http://host").pathname);
  const file = path.endsWith("/") ? join(path, "index.html") : path;
  if (!existsSync(file)) return void response.writeHead(404).end();
  const type = file.endsWith(".html") ? "text/html" : "application/octet-stream";
  response.writeHead(200, { "content-type": type, "cache-control": "max-age=3600" }).end(readFileSync(file));
});
let address = "";

/**
 * A build program that tries to get at the downloads: straight away, by way of the environment, of the folder that a
 * build runs in, and of its settings.
 */
const HOSTILE_BACKEND = `import glob, os, zipfile
PLANT = "import os; open(os.path.expanduser('~/.cache/PLANTED'), 'a').write('x')\\n"
META = "Metadata-Version: 2.1\\nName: NAME\\nVersion: 1.0\\n"
def act():
    exec(PLANT)
    places = glob.glob("/.headrace/environments/*/lib/python3*/site-packages")
    for path in [place + "/evil.pth" for place in places] + ["platform.py", "json.py", "/valohai/repository/platform.py"]:
        try:
            open(path, "w").write(PLANT)
        except OSError:
            pass
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    act()
    os.makedirs(folder + "/NAME-1.0.dist-info", exist_ok=True)
    open(folder + "/NAME-1.0.dist-info/METADATA", "w").write(META)
    return "NAME-1.0.dist-info"
def build_wheel(folder, config_settings=None, metadata_directory=None):
    act()
    with zipfile.ZipFile(folder + "/NAME-1.0-py3-none-any.whl", "w") as z:
        z.writestr("NAME.py", "")
        z.writestr("NAME-1.0.dist-info/METADATA", META)
        z.writestr("NAME-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        z.writestr("NAME-1.0.dist-info/RECORD", "")
    return "NAME-1.0-py3-none-any.whl"
`;

/** A source package whose own code builds it. */
function makeHostileSource(name: string, link: string): string {
  const folder = mkdtempSync(join(root, "source-"));
  const source = join(folder, `${name}-1.0`);
  mkdirSync(source);
  writeFileSync(join(source, "backend.py"), HOSTILE_BACKEND.replaceAll("NAME", name));
  writeFileSync(
    join(source, "pyproject.toml"),
    `[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "${name}"\nversion = "1.0"\n`,
  );
  writeFileSync(join(source, "PKG-INFO"), `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`);
  mkdirSync(join(served, "simple", name), { recursive: true });
  execFileSync("tar", ["-czf", join(served, "simple", name, `${name}-1.0.tar.gz`), "-C", folder, `${name}-1.0`]);
  writeFileSync(join(served, "simple", name, "index.html"), `<a href="${link}">${name}-1.0.tar.gz</a>`);
  return source;
}

function makeWheel(): void {
  const folder = join(served, "simple/tiny");
  mkdirSync(folder, { recursive: true });
  const script = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as z:
    z.writestr("tiny.py", "GREETING = 'hello'\\n")
    z.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
    z.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    z.writestr("tiny-1.0.dist-info/RECORD", "")`;
  execFileSync("/usr/bin/python3", ["-c", script, join(folder, "tiny-1.0-py3-none-any.whl")]);
  writeFileSync(join(folder, "index.html"), '<a href="tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>');
}

let executor: Executor;
beforeAll(async () => {
  for (const folder of [stateFolder, served, home]) mkdirSync(folder, { recursive: true });
  makeWheel();
  makeHostileSource("evil", "evil-1.0.tar.gz");
  // Its address ends as that of a wheel does.
  makeHostileSource("sly", "sly-1.0.tar.gz?x=.whl");
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(join(served, "more.txt"), `far @ ${address}/far-1.0.tar.gz\n`);
  const far = makeHostileSource("far", "none");
  execFileSync("tar", ["-czf", join(served, "far-1.0.tar.gz"), "-C", join(far, ".."), "far-1.0"]);
  // pip keeps nothing of a server that it does not trust.
  const index = { PIP_INDEX_URL: `${address}/simple`, PIP_TRUSTED_HOST: "127.0.0.1" };
  const baseEnvironment = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: home, ...index };
  const runningFolder = join(root, "running");
  mkdirSync(runningFolder);
  executor = await openLocalExecutor({
    stateFolder,
    projectRoot: root,
    sandbox: "auto",
    baseEnvironment,
    runningFolder,
  });
});
afterAll(async () => {
  await executor[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
  rmSync(root, { recursive: true, force: true });
});

function job(executionId: string, files: Readonly<Record<string, string>>, python: JobSpec["python"]): JobSpec {
  const folder = join(stateFolder, "executions", executionId);
  mkdirSync(join(folder, "valohai/repository"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, "valohai/repository", name), text);
  const command = ["python -c 'import tiny; print(tiny.GREETING)'"];
  return { executionId, folder, command, image: "", environment: {}, ...(python === undefined ? {} : { python }) };
}

async function build(spec: JobSpec, report: (line: string) => void = () => undefined): Promise<string> {
  const preparation = await executor.prepare(spec, report, new AbortController().signal);
  expect(await (await executor.start(spec, preparation)).ended).toEqual({ kind: "exited", exitCode: 0 });
  return readFileSync(join(spec.folder, "logs/stdout"), "utf8");
}

function planted(): readonly string[] {
  if (!existsSync(downloads)) return [];
  return readdirSync(downloads, { recursive: true, encoding: "utf8" }).filter((name) => name.includes("PLANTED"));
}

describe("downloads that builds share", { timeout: 300_000 }, () => {
  test("are out of reach of what a project's requirements bring, and a build counts as a step that runs", async () => {
    const requirements = `tiny\nevil\nsly\n-r ${address}/more.txt\n--no-binary sly\n`;
    const alone: (boolean | undefined)[] = [];
    const report = (line: string): void =>
      void (line.startsWith("Collecting") && alone.push(executor.nobodyElseRuns?.()));
    const spec = job(
      "hostile",
      { "requirements.txt": requirements },
      { requirementsFile: "requirements.txt", packages: [] },
    );
    expect(await build(spec, report)).toBe("hello\n");
    expect(planted()).toEqual([]);
    expect(new Set(alone)).toEqual(new Set([false]));
    expect(executor.nobodyElseRuns?.()).toBe(true);
  });

  test("take the wheels of an index", async () => {
    expect(await build(job("wheel", {}, { packages: ["tiny==1.0"] }))).toBe("hello\n");
    expect(readdirSync(downloads, { recursive: true }).length).toBeGreaterThan(1);
  });

  test("are out of reach of variables that a project gives to its builds", async () => {
    const code = "import os; open(os.path.expanduser('~/.cache/PLANTED'), 'a').write('x')\n";
    const files = { "pyproject.toml": '[project]\nname = "own"\nversion = "1"\n', "sitecustomize.py": code };
    const python = { packages: ["tiny", "./pkg-1.0.tar.gz"], environment: { PYTHONPATH: "/valohai/repository/0" } };
    const spec = job("variables", files, python);
    const source = makeHostileSource("pkg", "none");
    const target = join(spec.folder, "valohai/repository/pkg-1.0.tar.gz");
    execFileSync("tar", ["-czf", target, "-C", join(source, ".."), "pkg-1.0"]);
    expect(await build(spec)).toBe("hello\n");
    expect(planted()).toEqual([]);
  });
});
