import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildCommand, parseConfig } from "../../config/index.ts";
import { PLAIN } from "../terminal/style.ts";
import { EXAMPLE_FILES } from "./example-project.ts";
import { initProject } from "./init-project.ts";
import { renderInit } from "./render-init.ts";
import { configForSteps, isStepScript, proposeSteps, type Script, stepNameOf } from "./script-steps.ts";

const configForScripts = (scripts: readonly Script[]): string => configForSteps(proposeSteps(scripts));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-init-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("initProject", () => {
  it("writes the example into a new folder", () => {
    const result = initProject(join(folder, "new"));
    expect(result).toMatchObject({
      files: ["valohai.yaml", "prepare.py", "train.py"],
      kind: "example",
      target: "example",
    });
    expect(readdirSync(join(folder, "new")).sort()).toEqual(["prepare.py", "train.py", "valohai.yaml"]);
    expect(renderInit(result, "new", PLAIN)).toEqual([
      "✓ wrote valohai.yaml, prepare.py, train.py in new: an example pipeline that runs at once",
      "",
      "Next:",
      "  cd new",
      "  headrace run example",
      "  headrace lint  after each change of valohai.yaml",
    ]);
  });

  it("makes steps of the scripts that are there", () => {
    writeFileSync(join(folder, "train_model.py"), "print('hi')\n");
    writeFileSync(join(folder, "requirements.txt"), "numpy\n");
    expect(initProject(folder)).toMatchObject({ files: ["valohai.yaml"], kind: "scripts", target: "train-model" });
    const { config } = parseConfig({ file: "valohai.yaml", text: readFileSync(join(folder, "valohai.yaml")) });
    expect(config?.steps[0]).toMatchObject({
      name: "train-model",
      command: ["python3 train_model.py"],
      python: { requirements: "requirements.txt" },
    });
  });

  it.each(["valohai.yaml", "headrace.yaml", "valohai.yml"])("leaves a project with a %s alone", (name) => {
    writeFileSync(join(folder, name), "mine");
    expect(() => initProject(folder)).toThrow(
      expect.objectContaining({ code: "HR_FILE_EXISTS", message: `${join(folder, name)} exists already` }),
    );
    expect(readdirSync(folder)).toEqual([name]);
    expect(readFileSync(join(folder, name), "utf8")).toBe("mine");
  });

  it("writes an example beside nothing else", () => {
    writeFileSync(join(folder, "README.md"), "# Churn\n");
    writeFileSync(join(folder, ".gitignore"), "data/\n");
    expect(initProject(folder, { example: true })).toMatchObject({ kind: "example", target: "example" });
    rmSync(join(folder, "valohai.yaml"));
    expect(() => initProject(folder, { example: true })).toThrow(
      expect.objectContaining({
        code: "HR_FILE_EXISTS",
        message: `${folder} is not empty`,
        hint: "name a new folder: headrace init --example first-steps",
      }),
    );
    expect(readdirSync(folder).sort()).toEqual([".gitignore", "README.md", "prepare.py", "train.py"]);
  });

  it("says why a folder cannot be made", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => initProject(join(folder, "file", "sub"))).toThrow(
      expect.objectContaining({
        code: "HR_USAGE",
        message: `${join(folder, "file", "sub")} cannot be made a project (ENOTDIR)`,
      }),
    );
  });
});

describe("the example", () => {
  it("has a configuration without errors or warnings", () => {
    const { config, diagnostics } = parseConfig(
      { file: "valohai.yaml", text: EXAMPLE_FILES["valohai.yaml"] ?? "" },
      { fileExists: (name) => name in EXAMPLE_FILES },
    );
    expect(diagnostics).toEqual([]);
    expect(config?.pipelines[0]?.nodes.map((node) => node.name)).toEqual(["prepare", "train"]);
  });
});

describe("steps from scripts", () => {
  it.each([
    ["train.py", true],
    ["run.sh", true],
    ["fit.R", true],
    ["test_train.py", false],
    ["train_test.py", false],
    ["conftest.py", false],
    ["setup.py", false],
    ["__init__.py", false],
    [".hidden.py", false],
    ["notes.md", false],
    ["py", false],
  ])("%s: %j", (name, expected) => {
    expect(isStepScript(name)).toBe(expected);
  });

  it("names steps as Valohai does", () => {
    expect(stepNameOf("train_my_model.py")).toBe("train-my-model");
  });

  it("finds the parameters that a script declares", () => {
    const text = `
parser.add_argument("--epochs", type=int, default=1_000, help="how many (at most)")
parser.add_argument(
    "-r", "--rate",
    type=float,
    default=1e-3,
)
parser.add_argument('--name', default='no')
parser.add_argument("--data-dir", default=os.path.join("a", "b"))
parser.add_argument("--verbose", action="store_true")
parser.add_argument("positional")
`;
    const yaml = configForScripts([{ name: "train.py", text }]);
    const { config, diagnostics } = parseConfig({ file: "valohai.yaml", text: yaml });
    expect(diagnostics).toEqual([]);
    const { command, parameters } = config?.steps[0] ?? { command: [], parameters: [] };
    expect(command).toEqual(["python3 train.py {parameters}"]);
    expect(parameters.map(({ name, type, default: value }) => [name, type, value])).toEqual([
      ["epochs", "integer", 1000],
      ["rate", "float", 0.001],
      ["name", "string", "no"],
      ["data-dir", "string", undefined],
      ["verbose", "flag", undefined],
      ["positional", "string", undefined],
    ]);
    expect(parameters.filter(({ optional }) => optional).map(({ name }) => name)).toEqual(["data-dir", "verbose"]);
  });

  it("carries over choices, lists and positional arguments, and notes the rest", () => {
    const text = `p.add_argument("path")
p.add_argument("--model", choices=["no", "boost"], default="boost")
p.add_argument("--rate", type=float, default=1e-7)
p.add_argument("--tag", action="append")
p.add_argument("--mix", action=argparse.BooleanOptionalAction)
p.add_argument("-v", action="count")
`;
    const yaml = configForScripts([{ name: "train.py", text }]);
    expect(yaml).toContain("# train.py: `-v` (count) has no counterpart among parameters.\n- step:");
    const { config, diagnostics } = parseConfig({ file: "valohai.yaml", text: yaml });
    expect(diagnostics).toEqual([]);
    const [step] = config?.steps ?? [];
    const values = { path: "a b.csv", rate: 1e-7, model: "no", tag: ["x", "y"], mix: false };
    expect(step && buildCommand(step.command, step.parameters, values)).toEqual([
      "python3 train.py 'a b.csv' --model=no --rate=1e-07 --tag=x --tag=y --no-mix",
    ]);
  });

  it("quotes what YAML or the shell would read otherwise", () => {
    const yaml = configForScripts([
      { name: "no.py", text: "" },
      { name: "it's 1.sh", text: "" },
      { name: "1.py", text: "" },
      { name: "-rf.py", text: "" },
    ]);
    const { config, diagnostics } = parseConfig({ file: "valohai.yaml", text: yaml });
    expect(diagnostics).toEqual([]);
    expect(config?.steps.map(({ name, command }) => [name, command])).toEqual([
      ["no", ["python3 no.py"]],
      ["it's 1", [`bash 'it'"'"'s 1.sh'`]],
      ["1", ["python3 1.py"]],
      ["rf", ["python3 ./-rf.py"]],
    ]);
  });
});
