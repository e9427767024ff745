import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ProjectRig } from "./rig.ts";

const UV = "uv==0.13.9";

/** A folder with uv alone, made once and kept: no temporary one and none in a cache folder, which no sandbox shows. */
function uvFolder(): string {
  const folder = join(import.meta.dirname, "../node_modules/.cache", UV.replace("==", "-"));
  if (existsSync(folder)) return join(folder, "bin");
  const aside = `${folder}.${process.pid}`;
  const { status, stderr } = spawnSync("python3", ["-m", "pip", "install", "--quiet", "--target", aside, UV], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`pip install ${UV}:\n${stderr}`);
  mkdirSync(dirname(folder), { recursive: true });
  renameSync(aside, folder);
  return join(folder, "bin");
}

const YAML = `
- step: {name: env, image: "", environment: local, python: {packages: ["six==1.16.0"]}, command: "python -c 'import six; print(six.__version__)'"}
- step: {name: system, image: "", environment: local, command: ["uv pip install -q --system six==1.16.0", "python3 -c 'import six; print(six.__version__)'"]}
- step: {name: sync, image: "", environment: local, command: ["uv sync -q", "uv run -q python -c 'import six; print(six.__version__)'"]}
`;
const PROJECT = '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["six==1.16.0"]\n';

test("uv builds the environment of a step, and a step installs with it", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML, "pyproject.toml": PROJECT });
  const environments = mkdtempSync(join(tmpdir(), "headrace-uv-"));
  const variables = { PATH: `${uvFolder()}:${process.env.PATH}`, HEADRACE_PYTHON_ENVIRONMENTS: environments };
  const printed = async (step: string): Promise<string> => {
    const { code, stdout, stderr } = await rig.startIn(rig.root, variables, "run", step).result;
    expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
    return (await rig.startIn(rig.root, variables, "logs", "latest").result).stdout.trim();
  };
  try {
    expect([await printed("env"), await printed("system"), await printed("sync")]).toEqual([
      "1.16.0",
      "1.16.0",
      "1.16.0",
    ]);
    const [complete = ""] = globSync(join(environments, "*/.headrace-complete"));
    expect(JSON.parse(readFileSync(complete, "utf8"))).toMatchObject({ builder: "uv" });
  } finally {
    rmSync(environments, { recursive: true, force: true });
  }
});
