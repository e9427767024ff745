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
  const parameters = isPython ? argparseParameters(text) : [];
  const lines = [
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

interface FoundParameter {
  readonly name: string;
  readonly type: "string" | "integer" | "float" | "flag";
  /** As YAML. */
  readonly default: string | undefined;
}

const ADD_ARGUMENT = /\badd_argument\(\s*(?:["']-\w["']\s*,\s*)?["']--(?<name>[A-Za-z][\w-]*)["'](?<rest>[^()]*(?:\([^()]*\)[^()]*)*)\)/g;

/** Options declared with literals: good enough for a starting point, which the user reads and mends. */
function argparseParameters(text: string): readonly FoundParameter[] {
  const found = new Map<string, FoundParameter>();
  for (const { groups } of text.matchAll(ADD_ARGUMENT)) {
    const name = groups?.name ?? "";
    const rest = groups?.rest ?? "";
    found.set(name, { name, type: typeIn(rest), default: defaultIn(rest) });
  }
  return [...found.values()];
}

function typeIn(rest: string): FoundParameter["type"] {
  if (/action\s*=\s*["']store_true["']/.test(rest)) return "flag";
  if (/type\s*=\s*int\b/.test(rest)) return "integer";
  return /type\s*=\s*float\b/.test(rest) ? "float" : "string";
}

function defaultIn(rest: string): string | undefined {
  const groups = /default\s*=\s*(?:(?<number>-?\d[\d_]*(?:\.\d+)?(?:e-?\d+)?)|"(?<double>[^"\\]*)"|'(?<single>[^'\\]*)')\s*(?:,|$)/.exec(
    rest.trim(),
  )?.groups;
  // YAML 1.1 reads 1e-3 as a text: it wants a point.
  if (groups?.number !== undefined) return groups.number.replaceAll("_", "").replace(/^(-?\d+)e/, "$1.0e");
  const text = groups?.double ?? groups?.single;
  return text === undefined ? undefined : quoted(text);
}

function parameterLines({ name, type, default: value }: FoundParameter): string[] {
  return [
    `      - name: ${quoted(name)}`,
    `        type: ${type}`,
    ...(value === undefined || type === "flag" ? [] : [`        default: ${value}`]),
  ];
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
