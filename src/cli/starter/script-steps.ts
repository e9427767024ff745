import { readArgparse, type ScriptOption } from "./argparse-options.ts";

/** A script found in a folder without configuration. */
export interface Script {
  readonly name: string;
  readonly text: string;
}

const INTERPRETERS: Readonly<Record<string, string>> = { ".py": "python3", ".sh": "bash", ".R": "Rscript" };
const NO_STEPS = /^(?:_|\.|test_|conftest\.|setup\.|noxfile\.)|_test\.py$/;

/** Whether a file of a project's top folder looks like a step: a script, and not one of the usual helpers. */
export function isStepScript(name: string): boolean {
  return extensionOf(name) in INTERPRETERS && !NO_STEPS.test(name);
}

export function stepNameOf(script: string): string {
  return script.slice(0, -extensionOf(script).length).replaceAll("_", "-");
}

/** A configuration with a step for each script. What a Python script takes through argparse becomes its parameters. */
export function configForScripts(scripts: readonly Script[], hasRequirements: boolean): string {
  const steps = scripts.map((script) => stepLines(script, hasRequirements).join("\n"));
  return `# Written by \`headrace init\`: a step for each script of this folder.
# Files that a step needs are named under \`inputs:\` and appear in /valohai/inputs/NAME/;
# files that it leaves in /valohai/outputs/ are kept. Join steps to a pipeline with \`- pipeline:\`.
# \`environment: local\` runs a step with the programs of this machine; without that line it runs in its image, where Docker answers.

${steps.join("\n\n")}
`;
}

function stepLines({ name, text }: Script, hasRequirements: boolean): string[] {
  const interpreter = INTERPRETERS[extensionOf(name)] ?? "sh";
  const isPython = interpreter === "python3";
  const { options: parameters, notes } = isPython ? readArgparse(text) : { options: [], notes: [] };
  const lines = [
    ...notes.map((note) => `# ${name}: ${note}.`),
    "- step:",
    `    name: ${quoted(stepNameOf(name))}`,
    `    image: ${isPython ? "python:3.12-slim" : interpreter === "Rscript" ? "r-base" : "debian:12-slim"}`,
    // The scripts ran here so far, with what is installed here: a bare image lacks their packages.
    "    environment: local",
    `    command: ${quoted(`${interpreter} ${shellWord(name)}${parameters.length > 0 ? " {parameters}" : ""}`)}`,
  ];
  if (isPython && hasRequirements) lines.push("    python:", "      requirements: requirements.txt");
  if (parameters.length > 0) lines.push("    parameters:", ...parameters.flatMap(parameterLines));
  return lines;
}

function parameterLines({ name, type, default: value, choices, optional, isMultiple, passAs, passFalseAs }: ScriptOption): string[] {
  const isFlag = type === "flag";
  const lines = [
    `- name: ${quoted(name)}`,
    `  type: ${type}`,
    ...(value === undefined ? [] : [`  default: ${yamlLiteral(value)}`]),
    ...(choices === undefined ? [] : [`  choices: [${choices.map(yamlLiteral).join(", ")}]`]),
    ...(optional ? ["  optional: true"] : []),
    ...(isMultiple ? ["  multiple: repeat"] : []),
    ...(passAs === undefined ? [] : [`  ${isFlag && passFalseAs !== undefined ? "pass-true-as" : "pass-as"}: ${JSON.stringify(passAs)}`]),
    ...(passFalseAs === undefined ? [] : [`  pass-false-as: ${JSON.stringify(passFalseAs)}`]),
  ];
  return lines.map((line) => `      ${line}`);
}

function yamlLiteral(value: string | number): string {
  // YAML 1.1 reads 1e-7 as a text: it wants a point.
  return typeof value === "string" ? quoted(value) : String(value).replace(/^(-?\d+)e/, "$1.0e");
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot);
}

/** Plain where YAML 1.1 reads it as the same text, else in double quotes, which JSON's are. */
function quoted(text: string): string {
  const isPlain = /^[A-Za-z][\w./{} -]*$/.test(text) && !text.includes(" #") && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}

function shellWord(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", `'"'"'`)}'`;
}
