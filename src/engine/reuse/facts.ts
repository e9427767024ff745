import { posix } from "node:path";
import type { ParameterValue, PythonSpec, Step } from "../../config/index.ts";
import { decodeRequirements, isUrl, lineOptions, logicalLines } from "../../executors/index.ts";
import type { FingerprintFacts, InputFacts, PythonFacts } from "../../planning/index.ts";
import { isLink } from "../../snapshots/index.ts";
import type { InputFileRecord } from "../../store/index.ts";
import { type CodeVersions, remembered } from "./code-versions.ts";

/** The facts that a resolved node and the record of an execution have in common. */
export interface Resolved {
  readonly command: readonly string[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly environmentVariables: Readonly<Record<string, string>>;
}

export interface FactsOf {
  readonly step: Step;
  readonly resolved: Resolved;
  /** Names of the inputs that the step has, with or without files. */
  readonly inputs: readonly string[];
  readonly files: readonly Pick<InputFileRecord, "input" | "name" | "sha256" | "properties">[];
  readonly commit: string;
  readonly executor: string;
  /** The id of the image that the name stood for, if the executor knows: a tag may move. */
  readonly imageId?: string | undefined;
  /** The part of the place's machine that the step sees, as the executor reports it. */
  readonly surroundings?: Readonly<Record<string, string>> | undefined;
}

/** In the record of an execution, surroundings stand among the facts of its environment. */
const SURROUNDINGS = /^(?:variable|program|packages of) |^time zone$/;

/** Returns the surroundings that the step saw, by the record of its execution; undefined if nothing was noted. */
export function surroundingsIn(
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  const found = Object.entries(environment).filter(([name]) => SURROUNDINGS.test(name));
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Gathers what the fingerprint of an execution rests on, before it is made and from its record alike. */
export class FactsReader {
  readonly #versions: CodeVersions;
  readonly #python = new Map<string, Promise<PythonFacts>>();

  constructor(versions: CodeVersions) {
    this.#versions = versions;
  }

  async read({
    step,
    resolved,
    inputs,
    files,
    commit,
    executor,
    imageId,
    surroundings,
  }: FactsOf): Promise<FingerprintFacts> {
    const { mounts, stopCondition, checks } = step;
    const datasets = step.outputs.flatMap(({ name, dataset }) => (dataset === undefined ? [] : [[name, dataset]]));
    const models = step.outputs.flatMap(({ name, model }) => (model === undefined ? [] : [[name, model]]));
    const python = step.python && (await this.#pythonFacts(step.python, commit));
    return {
      step: step.name,
      command: resolved.command,
      image: imageId === undefined ? step.image : `${step.image}@${imageId}`,
      place: { executor, platform: `${process.platform}/${process.arch}` },
      ...(python === undefined ? {} : { python }),
      inputs: inputs.map((name): InputFacts => ({ name, files: filesOf(name, files) })),
      parameters: resolved.parameters,
      floatParameters: step.parameters.filter(({ type }) => type === "float").map(({ name }) => name),
      environmentVariables: resolved.environmentVariables,
      ...(surroundings === undefined ? {} : { surroundings }),
      mounts,
      ...(stopCondition === undefined ? {} : { stopCondition }),
      ...(checks === undefined ? {} : { checks }),
      ...(datasets.length === 0 ? {} : { datasets: Object.fromEntries(datasets) }),
      ...(models.length === 0 ? {} : { models: Object.fromEntries(models) }),
    };
  }

  #pythonFacts(python: PythonSpec, commit: string): Promise<PythonFacts> {
    return remembered(this.#python, JSON.stringify([python, commit]), () => this.#readPython(python, commit));
  }

  /**
   * The requirements file with all that it includes. A package that is installed from the repository itself may consist
   * of any of its files.
   */
  async #readPython(
    { requirements, packages, version, environment }: PythonSpec,
    commit: string,
  ): Promise<PythonFacts> {
    const code = await this.#versions.version(commit);
    const files = new Map<string, string>();
    let isLocal = packages.some(isLocalSource);
    const open = requirements === undefined ? [] : [posix.normalize(requirements)];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (files.has(path)) continue;
      const entry = code?.index.entries.get(path);
      if (entry === undefined || isLink(entry)) {
        isLocal = true;
        continue;
      }
      files.set(path, entry.sha256);
      const beside = posix.basename(path) === "uv.lock" ? [posix.join(posix.dirname(path), "pyproject.toml")] : [];
      open.push(...beside);
      if (/\.(?:toml|lock)$/.test(path)) continue;
      for (const line of requirementsIn(path, await this.#versions.bytes(entry.sha256))) {
        const options = lineOptions(line);
        for (const { name, value } of options ?? []) {
          if (INCLUDES.test(name) && !isUrl(value)) open.push(posix.normalize(posix.join(posix.dirname(path), value)));
        }
        if (options?.every(({ name }) => INCLUDES.test(name)) !== true && isLocalSource(line)) isLocal = true;
      }
    }
    return {
      packages,
      ...(version === undefined ? {} : { version }),
      ...(environment === undefined ? {} : { environment }),
      files: [...files].sort(([a], [b]) => (a < b ? -1 : 1)),
      ...(isLocal ? { manifestSha256: code?.manifestSha256 ?? commit } : {}),
    };
  }
}

const INCLUDES = /^--(?:requirement|constraint)$/;

function filesOf(input: string, files: FactsOf["files"]): InputFacts["files"] {
  return files
    .filter((file) => file.input === input)
    .map(({ name, sha256, properties }) => ({ name, sha256, ...(properties === undefined ? {} : { properties }) }));
}

/** Lines of a requirements file, or the entries of a conda file's lists, which are such lines below `pip:`. */
function requirementsIn(path: string, bytes: Uint8Array | undefined): readonly string[] {
  const lines = logicalLines(decodeRequirements(bytes ?? new Uint8Array())).map(({ text }) => text);
  return /\.ya?ml$/.test(path) ? lines.map((line) => line.replace(/^-\s+["']?(.*?)["']?$/, "$1")) : lines;
}

/** Rather once too often: a path, a wheel, a folder of links or to be edited (which need no slash), a file: URL. */
function isLocalSource(line: string): boolean {
  if (/\bfile:/i.test(line)) return true;
  const folder = /^(?:-f|--find-links|-e|--editable)(?:\s+|=)?(.+)$/.exec(line)?.[1]?.trim();
  if (folder !== undefined) return !/^["']?[a-z][a-z0-9+.-]*:\/\//i.test(folder);
  const withoutUrls = line.replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, "");
  return /[/\\]|^\.|\s\.|\.(?:whl|zip|tar\.\w+|tgz)\b/i.test(withoutUrls.split(";")[0] ?? "");
}
