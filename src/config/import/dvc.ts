import { stringify } from "yaml";
import { HeadraceError } from "../../errors.ts";
import { type ConnectedStage, connectStages, type StageInput } from "./connect-stages.ts";
import { stepCommands } from "./dvc-commands.ts";
import { isMapping, type Mapping, own, readDvcYaml } from "./dvc-document.ts";
import { withFileMetrics } from "./dvc-metrics.ts";
import { readStage } from "./dvc-stage.ts";
import { DvcVariables } from "./dvc-variables.ts";
import { expandStages } from "./expand-stages.ts";

export interface ImportDvcOptions {
  /** The name of the file in messages. */
  readonly file?: string;
  /** Texts of the files that `dvcVariableFiles` lists, by path, as far as they exist. */
  readonly paramsFiles?: Readonly<Record<string, string>>;
  /**
   * Files and folders that are no part of the code, from the repository's root (`.dvc` files track them, git ignores
   * them): data, whatever their names look like.
   */
  readonly tracked?: readonly string[];
  /** Image of the steps, for where containers run. */
  readonly image?: string;
  /** A requirements file of the repository, for the Python environment of all steps. */
  readonly requirements?: string;
}

export interface DvcImport {
  /** A complete valohai.yaml. */
  readonly yaml: string;
  /** Remarks on what could not be carried over, or is worth knowing; each a sentence part without a full stop. */
  readonly notes: readonly string[];
}

const DEFAULT_IMAGE = "python:3.12";
const PIPELINE = "dvc";

/**
 * Turns a dvc.yaml into steps and a pipeline that runs: outputs of other stages arrive over edges, data files as inputs
 * with their paths as defaults, code as part of the repository. Throws HR_CONFIG_INVALID when the file is no dvc.yaml.
 */
export function importDvc(text: string, options: ImportDvcOptions = {}): DvcImport {
  const notes = new Set<string>();
  const note = (line: string) => notes.add(line);
  const file = options.file ?? "dvc.yaml";
  const document = readDvcYaml(text, file);
  const stages = own(document, "stages");
  if (!isMapping(stages) || Object.keys(stages).length === 0) {
    throw new HeadraceError("HR_CONFIG_INVALID", `${file}: there are no stages in it`, {
      hint: "give the path of a dvc.yaml with `stages`",
    });
  }
  noteTopLevel(document, note);
  const variables = new DvcVariables(options.paramsFiles ?? {}, note);
  const expanded = expandStages(stages, { variables, shared: variables.shared(own(document, "vars")), note });
  const read = expanded.map((stage) => readStage(stage, note));
  const connected = connectStages(withFileMetrics(read, own(document, "metrics"), note), new Set(options.tracked));
  if (text.includes("${"))
    note(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: DVC writes it so
      "values of ${…} were filled in as they are now; later changes of the files they came from do not reach the commands",
    );
  noteConnections(connected, options, note);
  return { yaml: HEADER + writeYaml(connected, options), notes: [...notes] };
}

const HEADER = `# Made from dvc.yaml by Headrace; the pipeline is called ${PIPELINE}.\n`;

function noteTopLevel(document: Mapping, note: (line: string) => void): void {
  for (const key of Object.keys(document)) {
    if (key !== "stages" && key !== "vars" && key !== "metrics") note(`\`${key}\` of the file was not carried over`);
  }
}

function noteConnections(
  stages: readonly ConnectedStage[],
  { image, requirements }: ImportDvcOptions,
  note: (line: string) => void,
): void {
  const data = [
    ...new Set(
      stages.flatMap(({ inputs }) => inputs.filter((input) => input.from === undefined).map((input) => input.path)),
    ),
  ];
  if (data.length > 0)
    note(`data read from the working folder: ${shorten(data)}; where DVC keeps it elsewhere, run \`dvc pull\` first`);
  for (const { stage, name } of stages) if (stage.name !== name) note(`stage ${stage.name} is named ${name}`);
  if (requirements !== undefined) note(`the steps run with the packages of ${requirements}`);
  else if (image === undefined)
    note(
      `the steps name the image ${DEFAULT_IMAGE}; choose another where they run in containers, or add \`python: {requirements: …}\``,
    );
}

function shorten(items: readonly string[]): string {
  return items.length <= 10 ? items.join(", ") : `${items.slice(0, 10).join(", ")} and ${items.length - 10} more`;
}

function writeYaml(
  stages: readonly ConnectedStage[],
  { image = DEFAULT_IMAGE, requirements }: ImportDvcOptions,
): string {
  const project = requirements === undefined ? [] : [{ project: { python: { requirements } } }];
  const steps = stages.map((stage) => ({ step: stepOf(stage, image) }));
  const edges = stages.flatMap(({ name, inputs }) =>
    inputs.flatMap((input) =>
      input.from === undefined
        ? []
        : [[`${input.from.step}.output.${input.from.pattern}`, `${name}.input.${input.name}`]],
    ),
  );
  const nodes = stages.map(({ name }) => ({ name, type: "execution", step: name }));
  // The texts are read by YAML 1.1 rules again: what they take for a boolean or a number has to be quoted.
  return stringify([...project, ...steps, { pipeline: { name: PIPELINE, nodes, edges } }], {
    version: "1.1",
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}

function stepOf(connected: ConnectedStage, image: string): Mapping {
  const { stage, name, inputs, code } = connected;
  return {
    name,
    image,
    ...(stage.description === undefined ? {} : { description: stage.description }),
    command: stepCommands(connected),
    ...(inputs.length === 0 ? {} : { inputs: inputs.map(inputOf) }),
    ...reuseOf(stage, code),
  };
}

/**
 * Returns what DVC compares before it runs a stage. A stage that names none of its code is left to what Headrace sees
 * it read.
 */
function reuseOf({ alwaysRuns }: ConnectedStage["stage"], code: readonly string[]): Mapping {
  if (alwaysRuns) return { reuse: false };
  return code.length === 0 ? {} : { reuse: { code: code.map(plainPattern) } };
}

/** A path is a pattern here: characters that would match others stand in brackets. */
function plainPattern(path: string): string {
  return path.replaceAll(/[*?[]/g, "[$&]");
}

/**
 * Directories are kept, so that a file and a folder lie at the same place below the input: its path in the repository.
 */
function inputOf({ name, path, from }: StageInput): Mapping {
  return { name, ...(from === undefined ? { default: path } : {}), "keep-directories": "full" };
}
