import { readArgparse, type ScriptOption } from "./argparse-options.ts";
import { isNotebook, readNotebook } from "./notebook-steps.ts";
import { inputsNamed } from "./script-needs.ts";

/** A script found in a folder without configuration; `name` is its path there. */
export interface Script {
  readonly name: string;
  readonly text: string;
}

/** A step that a script could be. */
export interface ProposedStep {
  readonly name: string;
  readonly script: Script;
  readonly command: string;
  readonly image: string;
  /** Folders that Python has to look for modules in. */
  readonly pythonPath: string | undefined;
  readonly requirements: string | undefined;
  /** The packages that an environment of its own needs beside them. */
  readonly packages: readonly string[];
  readonly inputs: readonly string[];
  readonly parameters: readonly ScriptOption[];
  readonly notes: readonly string[];
}

/** The facts about the folder that the steps of its scripts need. */
export interface Surroundings {
  /** A requirements file, or a pyproject.toml. */
  readonly requirements?: string | undefined;
  /** The places of the folder's packages: the path above each, by its name. */
  readonly packageRoots?: ReadonlyMap<string, string>;
}

const INTERPRETERS: Readonly<Record<string, string>> = { ".py": "python3", ".sh": "bash", ".R": "Rscript" };
const NO_STEPS = /^(?:_(?!_main__\.py$)|\.|test_|conftest\.|setup\.|noxfile\.|versioneer\.)|_test\.py$/;

/** Returns true if a file looks like a step by its name: a script, and not one of the usual helpers. */
export function isStepScript(name: string): boolean {
  return (extensionOf(name) in INTERPRETERS && !NO_STEPS.test(name)) || isNotebook(name);
}

/**
 * Returns `train-model` for `src/train_model.py`, and `churn` for `churn/__main__.py`. A step's name is no option: it
 * does not begin with a dash.
 */
export function stepNameOf(path: string): string {
  const parts = path.split("/");
  const file = parts.at(-1) ?? "";
  const name = file === "__main__.py" ? (parts.at(-2) ?? "main") : file.slice(0, -extensionOf(file).length);
  return name.replaceAll("_", "-").replace(/^-+/, "") || "step";
}

/** A step for each script. If two have one name, each is called by its folder as well. */
export function proposeSteps(scripts: readonly Script[], surroundings: Surroundings = {}): readonly ProposedStep[] {
  const names = scripts.map(({ name }) => stepNameOf(name));
  return scripts.map((script, index) => {
    const name = names[index] ?? "";
    const isUnique = names.indexOf(name) === names.lastIndexOf(name);
    return proposeStep(script, isUnique ? name : uniqueName(script.name, scripts), surroundings);
  });
}

/** The shortest end of the path that no other script of that name has. */
function uniqueName(path: string, scripts: readonly Script[]): string {
  const full = (each: string): string =>
    [...each.split("/").slice(0, -1), stepNameOf(each)].join("-").replaceAll("_", "-");
  const isTaken = scripts.filter(({ name }) => full(name) === full(path)).length > 1;
  return (isTaken ? path.replace(/[/.]/g, "-") : full(path)).replace(/^-+/, "");
}

function proposeStep(
  script: Script,
  name: string,
  { requirements, packageRoots = new Map() }: Surroundings,
): ProposedStep {
  if (isNotebook(script.name)) return proposeNotebook(script, name, requirements);
  const interpreter = INTERPRETERS[extensionOf(script.name)] ?? "sh";
  const isPython = interpreter === "python3";
  const { options, notes } = isPython ? readArgparse(script.text) : { options: [], notes: [] };
  const python = isPython ? pythonCall(script, packageRoots) : undefined;
  const call = python?.call ?? shellWord(script.name);
  return {
    name,
    script,
    command: `${interpreter} ${call}${options.length > 0 ? " {parameters}" : ""}`,
    image: isPython ? "python:3.12-slim" : interpreter === "Rscript" ? "r-base" : "debian:12-slim",
    pythonPath: python?.path,
    requirements: isPython ? requirements : undefined,
    packages: [],
    inputs: inputsNamed(script),
    parameters: options,
    notes,
  };
}

/** It gets its parameters as variables, and not by its command line. */
function proposeNotebook(script: Script, name: string, requirements: string | undefined): ProposedStep {
  const { options, notes } = readNotebook(script.text);
  return {
    name,
    script,
    command: shellWord(script.name),
    image: "python:3.12-slim",
    pythonPath: undefined,
    requirements,
    packages: requirements === undefined ? [] : ["ipykernel", "nbclient"],
    inputs: inputsNamed(script),
    parameters: options,
    notes,
  };
}

interface PythonCall {
  readonly call: string;
  readonly path: string | undefined;
}

/**
 * Modules of a package that import from it run as `-m package.module`; other scripts by their path. Python looks for
 * modules beside a script, and with `-m` in the repository; PYTHONPATH names the folder where a package of the project
 * lies elsewhere.
 */
function pythonCall({ name, text }: Script, packageRoots: ReadonlyMap<string, string>): PythonCall {
  const imported = [...text.matchAll(/^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)/gm)].map(([, module]) => module ?? "");
  const home = [...packageRoots].find(([module, root]) =>
    name.startsWith(root === "" ? `${module}/` : `${root}/${module}/`),
  );
  const isModule =
    home !== undefined &&
    (/^[ \t]*from[ \t]+\./m.test(text) || imported.includes(home[0]) || name.endsWith("/__main__.py"));
  const place = isModule ? "" : name.slice(0, Math.max(0, name.lastIndexOf("/")));
  const roots = [...new Set(imported.flatMap((module) => packageRoots.get(module) ?? []))];
  if (isModule && !roots.includes(home[1])) roots.push(home[1]);
  const path = roots.filter((root) => root !== place).map((root) => root || ".");
  const below = isModule ? name.slice(home[1] === "" ? 0 : home[1].length + 1) : "";
  return {
    call: isModule ? `-m ${below.replace(/(?:\/__main__)?\.py$/, "").replaceAll("/", ".")}` : shellWord(name),
    path: path.length === 0 ? undefined : path.join(":"),
  };
}

/** The configuration with these steps. */
export function configForSteps(steps: readonly ProposedStep[]): string {
  return `# Written by \`headrace init\`: a step for each script of this folder. \`headrace docs file-format\` describes every key.
# Files that a step needs are named under \`inputs:\` and appear in /valohai/inputs/NAME/;
# files that it leaves in /valohai/outputs/ are kept. Join steps to a pipeline with \`- pipeline:\`.
# \`environment: local\` runs a step with the programs of this machine. Without it a step runs in its image, where Docker answers.

${steps.map((step) => stepLines(step).join("\n")).join("\n\n")}
`;
}

function stepLines(step: ProposedStep): string[] {
  const lines = [
    ...step.notes.map((note) => `# ${step.script.name}: ${note}.`),
    "- step:",
    `    name: ${quoted(step.name)}`,
    `    image: ${step.image}`,
    // The scripts ran here so far, with what is installed here: a bare image lacks their packages.
    "    environment: local",
    `    command: ${quoted(step.command)}`,
  ];
  if (step.requirements !== undefined) lines.push("    python:", `      requirements: ${step.requirements}`);
  if (step.packages.length > 0) lines.push(`      packages: [${step.packages.join(", ")}]`);
  if (step.pythonPath !== undefined) {
    lines.push("    environment-variables:", "      - name: PYTHONPATH", `        default: ${quoted(step.pythonPath)}`);
  }
  if (step.inputs.length > 0)
    lines.push("    inputs:", ...step.inputs.map((input) => `      - name: ${quoted(input)}`));
  if (step.parameters.length > 0) lines.push("    parameters:", ...step.parameters.flatMap(parameterLines));
  return lines;
}

function parameterLines({
  name,
  type,
  default: value,
  choices,
  optional,
  isMultiple,
  passAs,
  passFalseAs,
}: ScriptOption): string[] {
  const isFlag = type === "flag";
  const lines = [
    `- name: ${quoted(name)}`,
    `  type: ${type}`,
    ...(value === undefined ? [] : [`  default: ${yamlLiteral(value)}`]),
    ...(choices === undefined ? [] : [`  choices: [${choices.map(yamlLiteral).join(", ")}]`]),
    ...(optional ? ["  optional: true"] : []),
    ...(isMultiple ? ["  multiple: repeat"] : []),
    ...(passAs === undefined
      ? []
      : [`  ${isFlag && passFalseAs !== undefined ? "pass-true-as" : "pass-as"}: ${JSON.stringify(passAs)}`]),
    ...(passFalseAs === undefined ? [] : [`  pass-false-as: ${JSON.stringify(passFalseAs)}`]),
  ];
  return lines.map((line) => `      ${line}`);
}

function yamlLiteral(value: string | number | boolean): string {
  // YAML 1.1 reads 1e-7 as a text: it wants a point.
  return typeof value === "string" ? quoted(value) : String(value).replace(/^(-?\d+)e/, "$1.0e");
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot);
}

/** Plain where YAML 1.1 reads it as the same text, else in double quotes, which JSON's are. */
function quoted(text: string): string {
  const isPlain =
    /^[A-Za-z][\w./{} -]*$/.test(text) &&
    !text.includes(" #") &&
    !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}

/** A name that begins with a dash would be an option of the interpreter. */
function shellWord(name: string): string {
  const path = name.startsWith("-") ? `./${name}` : name;
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'"'"'`)}'`;
}
