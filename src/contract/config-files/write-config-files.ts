import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NOTEBOOK_RUNNER, type ParameterValue } from "../../config/index.ts";
import { explainDiskFailure } from "../disk-failure.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import type { StepFacts } from "../step-facts.ts";
import { executionFacts } from "./execution-facts.ts";
import { floatText, numberText } from "./number-text.ts";
import { linkOwn, type SharedFiles, writeOwn } from "./shared-files.ts";
import { yamlText } from "./yaml-text.ts";

// Unbundled, this is the source; bundled, it lies beside the package's dist/.
const NOTEBOOKS = new URL(
  import.meta.url.endsWith(".ts") ? "../../../python/notebook/" : "../python/notebook/",
  import.meta.url,
);

/**
 * Writes the ten files of the config folder: execution, inputs, parameters, runtime and api, each as JSON and YAML of
 * the same content; beside them the program that runs notebooks, where the step has one. `valohaiRoot` is where the
 * step sees its `valohai` folder: `/valohai` in a sandbox or container, else the folder's own path. May be repeated
 * until the step has started. With `shared`, which is for folders that the step cannot write to, those that many steps
 * have in common are links. Elsewhere the two of one name are one file where they say the same (`{}`): a new file costs
 * as much as ten links.
 */
export function writeConfigFiles(
  folder: ExecutionFolder,
  facts: StepFacts,
  valohaiRoot: string,
  shared?: SharedFiles,
): void {
  const parameters = parametersTexts(facts.parameters, new Set(facts.floatParameters));
  const files: Readonly<Record<string, string>> = {
    ...bothTexts("execution", executionFacts(facts)),
    ...bothTexts("inputs", inputsFacts(facts, valohaiRoot)),
    "parameters.json": parameters.json,
    "parameters.yaml": parameters.yaml,
    ...bothTexts("runtime", facts.runtime ?? {}),
    // Without a server there is nothing to call; valohai-utils then warns, once per call, that a status detail went
    // nowhere. With one, the file has the step's own token: the folder is closed to every other user and step.
    ...bothTexts("api", facts.api ?? {}),
    ...(facts.runsNotebook === true ? { [NOTEBOOK_RUNNER]: notebookRunner() } : {}),
  };
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder.config, name);
      const twin = name.replace(/\.yaml$/, ".json");
      if (shared !== undefined && isCommon(name, text)) shared.place(text, path);
      else if (twin !== name && files[twin] === text) linkOwn(join(folder.config, twin), path);
      else writeOwn(text, path);
    }
  } catch (error) {
    throw explainDiskFailure(error, `write the step's configuration to ${folder.config}`);
  }
}

function notebookRunner(): string {
  return readFileSync(fileURLToPath(new URL(NOTEBOOK_RUNNER, NOTEBOOKS)), "utf8");
}

/**
 * True for a file of what a step lacks, or of what it ran with; not for what is different in each, which would fill the
 * place that they share.
 */
function isCommon(name: string, text: string): boolean {
  return text === "{}\n" || name.startsWith("runtime.") || name === NOTEBOOK_RUNNER;
}

function bothTexts(name: string, content: unknown): Readonly<Record<string, string>> {
  return { [`${name}.json`]: `${JSON.stringify(content, null, 2)}\n`, [`${name}.yaml`]: yamlText(content) };
}

/**
 * Input names to their files. Without a server there is no `input_id`: valohai-utils would ask it for the address of
 * each file, also of an input that has none.
 */
function inputsFacts(facts: StepFacts, valohaiRoot: string): unknown {
  const entries = facts.inputs.map(({ name, files }) => [
    name,
    {
      ...(facts.api?.input_request !== undefined && { input_id: name }),
      files: files.map((file) => ({
        name: file.name,
        path: `${valohaiRoot}/inputs/${name}/${file.name}`,
        size: file.sizeBytes,
        uri: file.uri,
        checksums: { sha256: file.sha256 },
        metadata: file.properties === undefined || Object.keys(file.properties).length === 0 ? [] : [file.properties],
        datum_id: file.datumId,
        download_intent: "always",
      })),
    },
  ]);
  return Object.fromEntries(entries);
}

/**
 * Flat, one value or list of values a name, whole floats as 1.0. A parameter without a value is absent, so that a
 * script's own default holds.
 */
function parametersTexts(
  parameters: Readonly<Record<string, ParameterValue>>,
  floats: ReadonlySet<string>,
): { readonly json: string; readonly yaml: string } {
  const given = Object.entries(parameters).filter(([, value]) => value !== null);
  if (given.length === 0) return { json: "{}\n", yaml: "{}\n" };
  const numberOf = (name: string) => (floats.has(name) ? floatText : numberText);
  const json = given.map(([name, value]) => `  ${JSON.stringify(name)}: ${jsonValue(value, numberOf(name))}`);
  return {
    json: `{\n${json.join(",\n")}\n}\n`,
    yaml: given.map(([name, value]) => yamlText({ [name]: value }, numberOf(name))).join(""),
  };
}

function jsonValue(value: ParameterValue, number: (value: number) => string): string {
  if (typeof value === "number") return number(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `[${value.map((item) => jsonValue(item, number)).join(", ")}]`;
}
